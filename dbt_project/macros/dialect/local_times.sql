{# The instant in UTC at which clocks of a time zone show a local time. #}
{% macro utc_of_local(local_time, time_zone) -%}
    {{ return(adapter.dispatch('utc_of_local', 'leadhouse')(local_time, time_zone)) }}
{%- endmacro %}

{% macro duckdb__utc_of_local(local_time, time_zone) -%}
    timezone('UTC', timezone({{ time_zone }}, {{ local_time }}))
{%- endmacro %}

{% macro spark__utc_of_local(local_time, time_zone) -%} to_utc_timestamp({{ local_time }}, {{ time_zone }}) {%- endmacro %}


{# What clocks of a time zone show at an instant in UTC. #}
{% macro local_of_utc(instant, time_zone) -%}
    {{ return(adapter.dispatch('local_of_utc', 'leadhouse')(instant, time_zone)) }}
{%- endmacro %}

{% macro duckdb__local_of_utc(instant, time_zone) -%}
    timezone({{ time_zone }}, timezone('UTC', {{ instant }}))
{%- endmacro %}

{% macro spark__local_of_utc(instant, time_zone) -%} from_utc_timestamp({{ instant }}, {{ time_zone }}) {%- endmacro %}
