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
