{#
    Why the value of a raw column cannot be used: one of a fixed vocabulary, or null when it can or is blank.

    Args:
        column: the raw column.
        kind: text, email_address, timestamp, planned_timestamp, number, integer or boolean.
#}
{% macro value_fault(column, kind) -%}
    {%- if kind == 'text' -%}
        cast(null as string)
    {%- elif kind in ('timestamp', 'planned_timestamp') -%}
        case
            when {{ read_text(column) }} is null then null
            when {{ parse_timestamp(column) }} is null then 'not a timestamp'
            when {{ parse_timestamp(column) }} < time_limit_from then 'too old'
            {%- if kind == 'timestamp' %}
            when {{ parse_timestamp(column) }} > time_limit_to then 'in the future'
            {%- endif %}
        end
    {%- elif kind in fault_names() -%}
        case when {{ read_text(column) }} is not null and {{ read_value(column, kind) }} is null then '{{ fault_names()[kind] }}' end
    {%- else -%}
        {{ exceptions.raise_compiler_error("value_fault: column " ~ column ~ " has the unknown kind '" ~ kind ~ "'; use text, timestamp, planned_timestamp or one of " ~ fault_names() | join(', ')) }}
    {%- endif -%}
{%- endmacro %}

{# The fault of a value that a row cannot do without. #}
{% macro required_value_fault(column, kind) -%}
    case when {{ read_text(column) }} is null then 'missing required value' else {{ value_fault(column, kind) }} end
{%- endmacro %}

{% macro fault_names() -%}
    {{ return({
        'email_address': 'not an e-mail address', 'number': 'not a number', 'integer': 'not a whole number', 'boolean': 'not true or false'
    }) }}
{%- endmacro %}

{% macro read_value(column, kind) -%}
    {{ return({
        'email_address': read_email_address, 'number': read_number, 'integer': read_integer, 'boolean': read_boolean
    }[kind](column)) }}
{%- endmacro %}
