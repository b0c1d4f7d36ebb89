{# Where grades are sent: `file`, or what LEADHOUSE_DESTINATION names. Read only while executing, like the clock. #}
{% macro sync_destination() -%}
    '{{ dbt.escape_single_quotes(env_var('LEADHOUSE_DESTINATION', 'file') if execute else 'file') }}'
{%- endmacro %}
