{#
    The build log: what each node of the project last came to, so that a sync or a publish that is started alone can
    see whether its upstream is sound. A build first notes every node that it is about to touch as `started`, and at
    its end what became of it: a build that was killed leaves `started` behind.

    Called by the hooks `on-run-start` and `on-run-end` of dbt_project.yml. Rows are only ever inserted.
#}
{% macro log_build_started() %}
    {%- if execute and is_logged_build() -%}
        {%- do run_query('create schema if not exists build_log') -%}
        {%- do run_query(
            'create table if not exists build_log.node_results (build_id ' ~ dbt.type_string()
            ~ ', build_started_at timestamp, as_of timestamp, destination ' ~ dbt.type_string()
            ~ ', unique_id ' ~ dbt.type_string() ~ ', status ' ~ dbt.type_string()
            ~ ', failures bigint, logged_at timestamp)'
        ) -%}
        {%- do create_versions() -%}
        {%- do take_loads() -%}
        {#- before the threads begin -#}
        {%- if is_versioned() -%} {%- do notes_of_this_run() -%} {%- endif -%}
        {%- set rows = [] -%}
        {%- for unique_id in selected_resources if leaves_a_trace(unique_id) -%}
            {%- do rows.append((unique_id, 'started', none)) -%}
        {%- endfor -%}
        {{- insert_build_log_rows(rows) -}}
    {%- endif -%}
{% endmacro %}

{% macro log_build_finished(results) %}
    {%- if execute and is_logged_build() -%}
        {%- set rows = [] -%}
        {%- for result in results if leaves_a_trace(result.node.unique_id) -%}
            {%- set status = 'empty' if flags.EMPTY and result.status == 'success' else result.status -%}
            {%- do rows.append((result.node.unique_id, status | string, result.failures)) -%}
        {%- endfor -%}
        {{- insert_build_log_rows(rows) -}}
        {{- note_passed_tests(results) -}}
        {{- forget_superseded_builds() -}}
    {%- endif -%}
{% endmacro %}

{% macro is_logged_build() -%}
    {{- return(flags.WHICH in ['build', 'run', 'test', 'seed', 'snapshot', 'retry']) -}}
{%- endmacro %}

{# An ephemeral model is part of the models that use it, an exposure or a source is not built. #}
{% macro leaves_a_trace(unique_id) -%}
    {%- set node = graph.nodes.get(unique_id) -%}
    {{- return(
        (node is not none and node.config.materialized != 'ephemeral' and node.resource_type != 'operation')
        or unique_id.startswith('unit_test.')
    ) -}}
{%- endmacro %}

{# Many rows in one statement, few enough for any engine's parser. #}
{% macro insert_build_log_rows(rows) %}
    {%- set logged_at = modules.datetime.datetime.now(modules.pytz.utc).strftime('%Y-%m-%d %H:%M:%S.%f') -%}
    {%- set started_at = run_started_at.strftime('%Y-%m-%d %H:%M:%S.%f') -%}
    {%- set build = "'" ~ invocation_id ~ "', timestamp '" ~ started_at ~ "', " ~ as_of() ~ ", " ~ sync_destination() -%}
    {%- for chunk in rows | batch(500) -%}
        {%- set tuples = [] -%}
        {%- for unique_id, status, failures in chunk -%}
            {%- do tuples.append(
                "(" ~ build ~ ", '" ~ unique_id ~ "', '" ~ status ~ "', "
                ~ ('null' if failures is none else failures) ~ ", timestamp '" ~ logged_at ~ "')"
            ) -%}
        {%- endfor -%}
        {%- do run_query('insert into build_log.node_results values ' ~ tuples | join(', ')) -%}
    {%- endfor -%}
{% endmacro %}

{# Each node's last row is all that is ever asked for: where rows can be deleted, the others go. #}
{% macro forget_superseded_builds() %}
    {{- return(adapter.dispatch('forget_superseded_builds')()) -}}
{% endmacro %}
