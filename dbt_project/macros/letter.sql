{# One letter for each of the numbers from 1 to 59; none of them is `|` or `.`. #}
{% macro letter(number) -%}
    chr(cast(64 + {{ number }} as integer))
{%- endmacro %}
