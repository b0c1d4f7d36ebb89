{# A double as text: its shortest digits, with a decimal point below 1e16 ('12000000.0'). #}
{% macro number_text(expression) -%}
    {{ adapter.dispatch('number_text')(expression) }}
{%- endmacro %}

{% macro duckdb__number_text(expression) -%} cast({{ expression }} as string) {%- endmacro %}

{# The cast would write 1.2E7, and from 1e16 on more digits than it takes. #}
{% macro spark__number_text(expression) -%}
    case
        when abs({{ expression }}) >= 1e-4 and abs({{ expression }}) < 1e16
            then regexp_replace(cast(cast({{ expression }} as decimal(38, 21)) as string), '([.][0-9]+?)0+$', '$1')
        when {{ expression }} = 0 then cast({{ expression }} as string)
        when abs({{ expression }}) < cast('infinity' as double)
            then regexp_replace(
                coalesce(
                    {%- for digits in (14, 15) %}
                    case
                        when cast(format_string('%.{{ digits }}e', {{ expression }}) as double) = {{ expression }}
                            then format_string('%.{{ digits }}e', {{ expression }})
                    end,
                    {%- endfor %}
                    format_string('%.16e', {{ expression }})
                ), '[.]?0*e', 'e'
            )
        else replace(lower(cast({{ expression }} as string)), 'infinity', 'inf')
    end
{%- endmacro %}


{# A value of whatever type as text. #}
{% macro value_text(expression) -%}
    {{ adapter.dispatch('value_text')(expression) }}
{%- endmacro %}

{% macro duckdb__value_text(expression) -%} cast({{ expression }} as string) {%- endmacro %}

{# The type is known when the query is planned; the way by text takes a float's digits as they are. #}
{% macro spark__value_text(expression) -%}
    case
        when typeof({{ expression }}) in ('double', 'float')
            then {{ number_text('try_cast(cast(' ~ expression ~ ' as string) as double)') }}
        else cast({{ expression }} as string)
    end
{%- endmacro %}


{# The number that a text is, digits and a point only, or null. Engines do not agree on '1_000', '5d', 'inf'. #}
{% macro plain_number(expression) -%}
    case
        when {{ matches(expression, '^ *[-+]?([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][-+]?[0-9]{1,2})? *$') }}
            then try_cast({{ expression }} as double)
    end
{%- endmacro %}


{# A double rounded to some places, halves away from zero. #}
{% macro rounded(expression, places) -%}
    {{ adapter.dispatch('rounded')(expression, places) }}
{%- endmacro %}

{% macro duckdb__rounded(expression, places) -%} round({{ expression }}, {{ places }}) {%- endmacro %}

{# Spark rounds the shortest digits of a double and not the double; a whole number leaves no choice. #}
{% macro spark__rounded(expression, places) -%} round(({{ expression }}) * 1e{{ places }}) / 1e{{ places }} {%- endmacro %}
