{#
    The body of the CTE `raw_rows`, which every base model starts with: the raw table as it is, when each row arrived,
    and the limits that its times must keep (seed row_limits). Beside each column of the contract stands its text: a value
    is read, looked for faults and told from it, and an engine plans for long what is written out each time.

    Args:
        part: one of the raw_parts of the table; all of it when left out.
        beside_contract: columns that are read and that the contract does not name.
#}
{% macro raw_rows(source_name, table_name, part=none, beside_contract=[]) -%}
    select
        arrived_rows.*,
        {{ dbt.dateadd('hour', 'hours_ahead', 'arrived_at') }} as time_limit_to
    from (
        select
            text_rows.*,
            cast(row_limits.earliest_at as timestamp) as time_limit_from,
            row_limits.hours_ahead,
            case
                when {{ parse_timestamp('loaded_at') }} >= row_limits.earliest_at then {{ parse_timestamp('loaded_at') }}
                else {{ load_time() }}
            end as arrived_at
        from (
            select
                source_rows.*,
                {{ raw_row_file('source_rows') }} as file_id,
                coalesce(cast(source_rows.source_row_number as bigint), {{ raw_row_index('source_rows') }} + 1) as file_line,
                {{ texts_of(contract_columns(source_name, table_name) + beside_contract) }}
            from {{ part or source(source_name, table_name) }} as source_rows
        ) as text_rows
        inner join {{ ref('row_limits') }} as row_limits
            on row_limits.source = '{{ source_name }}'
    ) as arrived_rows
{%- endmacro %}

{# The columns that read_text and the others read: text without blanks around it. #}
{% macro texts_of(columns) -%}
    {%- for column in columns -%}
    {{ text_without_blanks('cast(' ~ column ~ ' as string)') }} as {{ read_text(column) }} {{- ',
                ' if not loop.last }}
    {%- endfor -%}
{%- endmacro %}

{# The columns that the contract of a raw table names. #}
{% macro contract_columns(source_name, table_name) -%}
    {%- if not execute -%} {{- return(['loaded_at']) -}} {%- endif -%}
    {{- return(graph.sources['source.' ~ project_name ~ '.' ~ source_name ~ '.' ~ table_name].columns.keys() | list) -}}
{%- endmacro %}

{# The select of a base model of events, given as a call block, from each part of the raw table. #}
{% macro from_raw_parts(source_name, table_name) -%}
    {%- for part in raw_parts(source(source_name, table_name)) %}
    {{ caller('(' ~ raw_rows(source_name, table_name, part) ~ ') as raw_rows') }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
{%- endmacro %}

{# The columns of a base model that say where a row came from. #}
{% macro row_origin() -%}
    load_id,
    arrived_at as loaded_at,
    file_id as row_file,
    file_line as row_number
{%- endmacro %}

{# load_id is YYYYMMDDTHHMMSSffffffZ. #}
{% macro load_time() -%}
    try_cast(
        concat(
            substr(load_id, 1, 4), '-', substr(load_id, 5, 2), '-', substr(load_id, 7, 2), ' ',
            substr(load_id, 10, 2), ':', substr(load_id, 12, 2), ':', substr(load_id, 14, 2), '.', substr(load_id, 16, 6)
        ) as timestamp
    )
{%- endmacro %}
