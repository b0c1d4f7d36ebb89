{% macro duckdb__forget_superseded_builds() %}
    {%- do run_query(
        'delete from build_log.node_results where logged_at < (select max(newer.logged_at)'
        ~ ' from build_log.node_results as newer where newer.unique_id = node_results.unique_id)'
    ) -%}
{% endmacro %}

{# Parquet tables cannot delete rows: the log grows there. #}
{% macro default__forget_superseded_builds() %}{% endmacro %}
