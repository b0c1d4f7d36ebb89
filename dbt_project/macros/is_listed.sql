{# Whether a text is one of a list that is split at |; a blank list has everything. #}
{% macro is_listed(text, list) -%}
    (
        {{ list }} is null
        or (
            {{ dbt.position(dbt.concat(["'|'", text, "'|'"]), dbt.concat(["'|'", list, "'|'"])) }} > 0
            and {{ text }} not like '%|%'
        )
    )
{%- endmacro %}
