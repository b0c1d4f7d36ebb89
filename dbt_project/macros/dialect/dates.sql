{#
    dbt's date macros for Spark, in place of dbt-spark's own: those count some month ends, leap years, hours and minutes
    wrong and lose the microseconds.
#}

{# Boundaries of the part that lie between two times, as everywhere else. #}
{% macro spark__datediff(first_date, second_date, datepart) -%}
    {%- set first, second = 'cast(' ~ first_date ~ ' as timestamp)', 'cast(' ~ second_date ~ ' as timestamp)' -%}
    {%- if datepart == 'year' -%}
        (year({{ second }}) - year({{ first }}))
    {%- elif datepart == 'quarter' -%}
        (4 * (year({{ second }}) - year({{ first }})) + quarter({{ second }}) - quarter({{ first }}))
    {%- elif datepart == 'month' -%}
        (12 * (year({{ second }}) - year({{ first }})) + month({{ second }}) - month({{ first }}))
    {%- elif datepart in ('day', 'hour', 'minute', 'second', 'millisecond', 'microsecond') -%}
        timestampdiff({{ datepart }}, date_trunc('{{ datepart }}', {{ first }}), date_trunc('{{ datepart }}', {{ second }}))
    {%- else -%}
        {#- of weeks: engines do not agree where one ends -#}
        {{ exceptions.raise_compiler_error("datediff in " ~ datepart ~ "s is not the same on every engine") }}
    {%- endif -%}
{%- endmacro %}

{% macro spark__dateadd(datepart, interval, from_date_or_timestamp) -%}
    timestampadd({{ datepart }}, {{ interval }}, {{ from_date_or_timestamp }})
{%- endmacro %}
