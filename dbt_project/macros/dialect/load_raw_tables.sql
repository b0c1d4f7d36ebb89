{#
    Makes the raw tables known to an engine that cannot read a folder of files as one table by itself: a view for each, with
    one type a column. An operation: `dbt run-operation load_raw_tables --args '{tables: [...]}'`; orchestration/engines/raw_views.py gives it.

    Args:
        tables: list of {source, name, columns, parts}. `columns` maps each column to its type in the view; a part is
            {files, columns}: a pattern of file names and the type of each column that these files have.
#}
{% macro load_raw_tables(tables) -%}
    {{ return(adapter.dispatch('load_raw_tables')(tables)) }}
{%- endmacro %}

{# DuckDB reads the files in place. #}
{% macro default__load_raw_tables(tables) %}{% endmacro %}

{% macro spark__load_raw_tables(tables) -%}
    {%- for source in tables | map(attribute='source') | unique -%}
        {%- do run_query('create schema if not exists ' ~ source) -%}
    {%- endfor -%}
    {%- for table in tables -%}
        {%- do run_query('create or replace view ' ~ table.source ~ '.' ~ table.name ~ ' as ' ~ spark__raw_table(table)) -%}
    {%- endfor -%}
    {%- do log('raw tables: ' ~ tables | length, info=true) -%}
{%- endmacro %}

{% macro spark__raw_table(table) -%}
    {%- for part in table.parts %}
    select
        {%- for column, type in table.columns.items() %}
        {% if column not in part.columns -%} cast(null as {{ type }}) as {{ column }},
        {#- a time in a file may be of either of Spark's types of time -#}
        {%- elif part.columns[column] == type and type != 'timestamp' -%} {{ column }},
        {%- elif type == 'string' and part.columns[column] in ['double', 'float'] -%} {{ value_text(column) }} as {{ column }},
        {%- else -%} cast({{ column }} as {{ type }}) as {{ column }},
        {%- endif %}
        {%- endfor %}
        regexp_extract(_metadata.file_path, 'load_id=([^/]+)/', 1) as load_id,
        _metadata.file_path as row_file,
        _metadata.row_index as file_row_number
    from parquet.`{{ part.files }}`
    {{ 'union all' if not loop.last }}
    {%- else %}
    select
        {%- for column, type in table.columns.items() %}
        cast(null as {{ type }}) as {{ column }},
        {%- endfor %}
        '' as load_id,
        '' as row_file,
        cast(0 as bigint) as file_row_number
    where false
    {%- endfor %}
{%- endmacro %}
