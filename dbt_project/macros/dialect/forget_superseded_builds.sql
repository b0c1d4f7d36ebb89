{% macro duckdb__forget_superseded_builds() %}
    {%- do run_query(
        'delete from build_log.node_results where logged_at < (select max(newer.logged_at)'
        ~ ' from build_log.node_results as newer where newer.unique_id = node_results.unique_id)'
    ) -%}
    {%- do run_query(
        'delete from build_log.versions where noted_at < (select max(newer.noted_at)'
        ~ ' from build_log.versions as newer where newer.unique_id = versions.unique_id)'
    ) -%}
{% endmacro %}

{# Parquet tables cannot delete rows: the log grows there. #}
{% macro default__forget_superseded_builds() %}{% endmacro %}
