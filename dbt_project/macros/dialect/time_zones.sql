{# What the clock on the wall shows in a time zone at an instant in UTC. #}
{% macro local_time(instant, time_zone) -%}
    {{ return(adapter.dispatch('local_time', 'leadhouse')(instant, time_zone)) }}
{%- endmacro %}

{% macro duckdb__local_time(instant, time_zone) -%} timezone({{ time_zone }}, timezone('UTC', {{ instant }})) {%- endmacro %}

{% macro spark__local_time(instant, time_zone) -%} from_utc_timestamp({{ instant }}, {{ time_zone }}) {%- endmacro %}


{# The instant in UTC at which the clock on the wall shows a time. Not for the hours that a change of clocks leaves out or has twice. #}
{% macro instant_of(wall_time, time_zone) -%}
    {{ return(adapter.dispatch('instant_of', 'leadhouse')(wall_time, time_zone)) }}
{%- endmacro %}

{% macro duckdb__instant_of(wall_time, time_zone) -%} timezone('UTC', timezone({{ time_zone }}, {{ wall_time }})) {%- endmacro %}

{% macro spark__instant_of(wall_time, time_zone) -%} to_utc_timestamp({{ wall_time }}, {{ time_zone }}) {%- endmacro %}
