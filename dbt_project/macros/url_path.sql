{# A page's address without query and fragment, lower case, so that patterns meet few distinct values. #}
{% macro url_path(url) -%}
    {{ lower_case(dbt.split_part(dbt.split_part(url, "'?'", 1), "'#'", 1)) }}
{%- endmacro %}
