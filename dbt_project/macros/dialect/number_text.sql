{# A double as text: its shortest digits, always with a decimal point below 1e16 ('12000000.0'). #}
{% macro number_text(expression) -%}
    {{ adapter.dispatch('number_text')(expression) }}
{%- endmacro %}

{% macro duckdb__number_text(expression) -%} cast({{ expression }} as string) {%- endmacro %}

{# The cast would write 1.2E7. #}
{% macro spark__number_text(expression) -%}
    case
        when abs({{ expression }}) >= 1e-4 and abs({{ expression }}) < 1e16
            then regexp_replace(cast(cast({{ expression }} as decimal(38, 21)) as string), '([.][0-9]+?)0+$', '$1')
        else cast({{ expression }} as string)
    end
{%- endmacro %}
