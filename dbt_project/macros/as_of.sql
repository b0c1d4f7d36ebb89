{#
    The only clock of the project: the instant that scores are made for, in UTC.
    LEADHOUSE_AS_OF (ISO 8601) sets it; without it, it is the start of the run.
#}
{% macro as_of() -%}
    cast('{{ as_of_text() }}' as timestamp)
{%- endmacro %}

{% macro as_of_date() -%}
    cast('{{ as_of_text()[:10] }}' as date)
{%- endmacro %}

{#
    The last moment up to the as-of time at which something begins or ends in a relation: it holds the same rows then as at
    the as-of time, and SQL that names it stays the same, and is left alone, until something changes.

    Args:
        columns: all its times that are compared with the moment.
#}
{% macro last_moment(relation, columns) -%}
    {%- if not execute or not is_versioned() -%} {{- return(as_of()) -}} {%- endif -%}
    {%- set moments = [] -%}
    {%- for column in columns -%}
        {%- do moments.append('select max(' ~ column ~ ') as moment from ' ~ relation ~ ' where ' ~ column ~ ' <= ' ~ as_of()) -%}
    {%- endfor -%}
    {%- set last = run_query('select max(moment) from (' ~ moments | join(' union all ') ~ ') as moments').rows[0][0] -%}
    {{- return("cast('" ~ (last or '0001-01-01 00:00:00') ~ "' as timestamp)") -}}
{%- endmacro %}

{# Read only while executing: a new as-of time must not make dbt parse the project again. #}
{% macro as_of_text() -%}
    {%- set given = env_var('LEADHOUSE_AS_OF', '') if execute else '' -%}
    {%- if not given -%}
        {{- return(run_started_at.strftime('%Y-%m-%d %H:%M:%S.%f')) -}}
    {%- endif -%}
    {%- if not modules.re.match('^[0-9]{4}-[0-9]{2}-[0-9]{2}([T ][0-9]{2}:[0-9]{2}(:[0-9]{2}([.][0-9]{1,6})?)?(Z|[+-][0-9]{2}:[0-9]{2})?)?$', given) -%}
        {{- exceptions.raise_compiler_error("LEADHOUSE_AS_OF is '" ~ given ~ "': give an ISO 8601 time such as 2026-10-01T00:00:00Z") -}}
    {%- endif -%}
    {%- set instant = modules.datetime.datetime.fromisoformat(given) -%}
    {%- if instant.tzinfo is not none -%}
        {%- set instant = instant.astimezone(modules.pytz.utc) -%}
    {%- endif -%}
    {{- return(instant.strftime('%Y-%m-%d %H:%M:%S.%f')) -}}
{%- endmacro %}
