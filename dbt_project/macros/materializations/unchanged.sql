{# DuckDB's materializations, which leave alone what would come out the same (macros/versions). #}

{% materialization table, adapter='duckdb' %}
    {{- return(left_alone() if is_unchanged() else in_place('table')) -}}
{% endmaterialization %}

{% materialization view, adapter='duckdb' %}
    {{- return(left_alone() if is_unchanged() else in_place('view')) -}}
{% endmaterialization %}

{% materialization incremental, adapter='duckdb' %}
    {%- if is_unchanged() -%} {{- return(left_alone()) -}} {%- endif -%}
    {{- return(dbt.materialization_incremental_duckdb() if is_incremental() else in_place('table')) -}}
{% endmaterialization %}

{% materialization seed, adapter='duckdb' %}
    {%- if is_unchanged() -%}
        {%- do store_result('agate_table', response='OK', agate_table=load_agate_table()) -%}
        {{- return(left_alone()) -}}
    {%- endif -%}
    {{- return(dbt.materialization_seed_default()) -}}
{% endmaterialization %}

{# A test that passed on what is still there passes, and looks only at what is new where that is enough. #}
{% materialization test, adapter='duckdb' %}
    {%- if is_unchanged() -%}
        {%- do store_raw_result('main', message='passed before', code='OK', rows_affected='-1', agate_table=notes_of_this_run().passed) -%}
        {{- return({'relations': []}) -}}
    {%- endif -%}
    {%- set of_restated_part = test_of_restated_part() -%}
    {%- if of_restated_part is none -%} {{- return(dbt.materialization_test_default()) -}} {%- endif -%}
    {%- call statement('main', fetch_result=True) -%}
        {{ get_test_sql(of_restated_part, config.get('fail_calc'), config.get('warn_if'), config.get('error_if'), config.get('limit')) }}
    {%- endcall -%}
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

{#
    Build a table or a view under its own name. dbt builds it under another, renames twice and drops what was there: for
    engines that cannot take back a `drop`. DuckDB can, and a node costs a fifth less.
#}
{% macro in_place(type) -%}
    {%- set built = this.incorporate(type=type) -%}
    {%- do run_hooks(pre_hooks, inside_transaction=False) -%}
    {%- do run_hooks(pre_hooks, inside_transaction=True) -%}
    {%- set before = load_cached_relation(this) -%}
    {%- if before is not none and before.type != type -%} {%- do adapter.drop_relation(before) -%} {%- endif -%}
    {%- call statement('main') -%}
        drop {{ type }} if exists {{ this }};
        {{ create_view_as(built, sql) if type == 'view' else create_table_as(False, built, sql) }}
    {%- endcall -%}
    {%- do run_hooks(post_hooks, inside_transaction=True) -%}
    {%- do persist_docs(built, model) -%}
    {%- do adapter.commit() -%}
    {%- do run_hooks(post_hooks, inside_transaction=False) -%}
    {{- return({'relations': [built]}) -}}
{%- endmacro %}
