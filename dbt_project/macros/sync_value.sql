{# A value as text in one canonical form, so that what is held and what is wanted compare as equal when they are.
   `mappings` names the seed of the field: its type, its decimals, and the number that its CRM shows where there is none. #}
{% macro sync_value(value, mappings='mappings') -%}
    {%- set scale -%} power(10, coalesce({{ mappings }}.decimals, 4)) {%- endset -%}
    case
        when {{ mappings }}.value_type = 'number'
            then cast(nullif(
                cast(floor({{ plain_number(value) }} * {{ scale }} + 0.5) / {{ scale }} as decimal(18, 4)),
                {{ mappings }}.empty_number
            ) as string)
        else nullif({{ trim_blanks(value) }}, '')
    end
{%- endmacro %}
