{# DuckDB's materializations, which leave alone what would come out the same (macros/versions). #}

{% materialization table, adapter='duckdb' %}
    {{- return(left_alone() if is_unchanged() else dbt.materialization_table_duckdb()) -}}
{% endmaterialization %}

{% materialization view, adapter='duckdb' %}
    {{- return(left_alone() if is_unchanged() else dbt.materialization_view_default()) -}}
{% endmaterialization %}

{% materialization incremental, adapter='duckdb' %}
    {{- return(left_alone() if is_unchanged() else dbt.materialization_incremental_duckdb()) -}}
{% endmaterialization %}

{% materialization seed, adapter='duckdb' %}
    {%- if is_unchanged() -%}
        {%- do store_result('agate_table', response='OK', agate_table=load_agate_table()) -%}
        {{- return(left_alone()) -}}
    {%- endif -%}
    {{- return(dbt.materialization_seed_default()) -}}
{% endmaterialization %}

{# A test that passed on what is still there passes. #}
{% materialization test, adapter='duckdb' %}
    {%- if not is_unchanged() -%} {{- return(dbt.materialization_test_default()) -}} {%- endif -%}
    {%- do store_raw_result('main', message='passed before', code='OK', rows_affected='-1', agate_table=notes_of_this_run().passed) -%}
    {{- return({'relations': []}) -}}
{% endmaterialization %}

{% macro left_alone() -%}
    {%- if model.config.meta and (model.config.meta.grows or keeps_to_leads()) -%}
        {#- the same rows, but of a later time -#}
        {%- do note_version(is_still=true) -%}
        {%- do adapter.commit() -%}
    {%- endif -%}
    {%- do store_raw_result(name='main', message='unchanged', code='unchanged', rows_affected='-1') -%}
    {{- return({'relations': [this]}) -}}
{%- endmacro %}
