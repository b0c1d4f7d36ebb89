{# A value as text in one canonical form, so that what is held and what is wanted compare as equal when they are. #}
{% macro sync_value(value, value_type, decimals) -%}
    case
        when {{ value_type }} = 'number'
            then cast(cast(
                floor({{ plain_number(value) }} * power(10, coalesce({{ decimals }}, 4)) + 0.5)
                / power(10, coalesce({{ decimals }}, 4)) as decimal(18, 4)
            ) as string)
        else nullif({{ trim_blanks(value) }}, '')
    end
{%- endmacro %}
