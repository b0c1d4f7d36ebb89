{# dbt-spark's own fails where there are fewer parts; for delimiters of one character. #}
{% macro spark__split_part(string_text, delimiter_text, part_number) -%}
    try_element_at(split({{ string_text }}, concat('[', {{ delimiter_text }}, ']')), {{ part_number }})
{%- endmacro %}


{# Lower case, each letter by itself. #}
{% macro lower_case(expression) -%}
    {{ adapter.dispatch('lower_case')(expression) }}
{%- endmacro %}

{% macro duckdb__lower_case(expression) -%} lower({{ expression }}) {%- endmacro %}

{# Java would make two letters of a dotted I and another one of a sigma at a word's end. #}
{% macro spark__lower_case(expression) -%} lower(translate({{ expression }}, 'İΣ', 'iσ')) {%- endmacro %}


{# The digits of a text, in their order. #}
{% macro digits_of(expression) -%}
    {{ return(adapter.dispatch('digits_of', 'leadhouse')(expression)) }}
{%- endmacro %}

{% macro duckdb__digits_of(expression) -%} regexp_replace({{ expression }}, '[^0-9]', '', 'g') {%- endmacro %}

{% macro spark__digits_of(expression) -%} regexp_replace({{ expression }}, '[^0-9]', '') {%- endmacro %}
