{# A page's address without query and fragment, lower case, so that patterns meet few distinct values. #}
{% macro url_path(url) -%}
    {{ lower_case(dbt.split_part(dbt.split_part(url, "'?'", 1), "'#'", 1)) }}
{%- endmacro %}


{# A page's path without its host, and without a slash at its end: `/resources/guide`. #}
{% macro page_path(url) -%}
    {%- set path = url_path(url) -%}
    {#- https:// has eight characters; the host begins there, or one character earlier -#}
    trim(trailing '/' from substr({{ path }}, {{ dbt.position("'/'", 'substr(' ~ path ~ ', 9)') }} + 8))
{%- endmacro %}
