{#
    One macro for each kind of value. Each takes the name of a raw column, whatever type its files gave it,
    and yields an SQL expression of the right type that is null when the value cannot be read.
    They run inside a select from `raw_rows`, which carries the text of each column and the limits of time.
#}

{# Text without blanks around it; text of blanks only is null. #}
{% macro read_text(column) -%}
    {{- column ~ '_text' -}}
{%- endmacro %}

{# An e-mail address in lower case; null when it has no shape of an address. #}
{% macro read_email_address(column) -%}
    case when {{ matches(read_text(column), '^[^@, ]+@[^@, ]+[.][^@, .]+$') }} then {{ lower_case(read_text(column)) }} end
{%- endmacro %}

{# A UTC timestamp within the limits of its source; an offset in the text is honoured. #}
{% macro read_timestamp(column) -%}
    case
        when {{ parse_timestamp(column) }} between time_limit_from and time_limit_to then {{ parse_timestamp(column) }}
    end
{%- endmacro %}

{# A UTC timestamp that may lie ahead, such as an expected date. #}
{% macro read_planned_timestamp(column) -%}
    case when {{ parse_timestamp(column) }} >= time_limit_from then {{ parse_timestamp(column) }} end
{%- endmacro %}

{# A finite number; a currency sign and thousands separators are read away. #}
{% macro read_number(column) -%}
    {{ parse_number(column) }}
{%- endmacro %}

{# A whole number. #}
{% macro read_integer(column) -%}
    try_cast(case when {{ parse_number(column) }} % 1 = 0 then {{ parse_number(column) }} end as bigint)
{%- endmacro %}

{# true/false, t/f, yes/no, y/n, 1/0 in any case. #}
{% macro read_boolean(column) -%}
    case
        when lower({{ read_text(column) }}) in ('true', 't', 'yes', 'y', '1') then true
        when lower({{ read_text(column) }}) in ('false', 'f', 'no', 'n', '0') then false
    end
{%- endmacro %}
