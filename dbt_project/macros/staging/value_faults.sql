{# The macro that reads values of a kind, on a column. #}
{% macro read_value(column, kind) -%}
    {%- set readers = {
        'text': read_text,
        'email_address': read_email_address,
        'timestamp': read_timestamp,
        'planned_timestamp': read_planned_timestamp,
        'number': read_number,
        'integer': read_integer,
        'boolean': read_boolean
    } -%}
    {%- if kind not in readers -%}
        {{ exceptions.raise_compiler_error("column " ~ column ~ " has the unknown kind '" ~ kind ~ "'; use one of: " ~ readers | join(', ')) }}
    {%- endif -%}
    {{ readers[kind](column) }}
{%- endmacro %}

{#
    Why the value of a raw column could not be read, in one of a few fixed wordings.

    Args:
        column: the raw column, where read_value gave null.
        kind: the kind it was read as.
#}
{% macro value_fault(column, kind) -%}
    {%- set wordings = {
        'email_address': 'not an e-mail address',
        'timestamp': 'not a timestamp',
        'planned_timestamp': 'not a timestamp',
        'number': 'not a number',
        'integer': 'not a whole number',
        'boolean': 'not true or false'
    } -%}
    case
        when {{ read_text(column) }} is null then 'missing required value'
        {%- if kind in ('timestamp', 'planned_timestamp') %}
        when {{ parse_timestamp(column) }} < time_limit_from then 'too old'
        when {{ parse_timestamp(column) }} > time_limit_to then 'in the future'
        {%- endif %}
        else '{{ wordings.get(kind, 'not readable') }}'
    end
{%- endmacro %}
