{# How a raw value of any type is taken apart. The answers are the same on every engine. #}

{# Takes blanks, tabs, line ends and no-break spaces off both ends. #}
{% macro trim_blanks(text) -%}
    {{ adapter.dispatch('trim_blanks')(text) }}
{%- endmacro %}

{% macro duckdb__trim_blanks(text) -%}
    case when {{ has_visible_ends(text) }} then {{ text }} else {{ default__trim_blanks(text) }} end
{%- endmacro %}

{% macro default__trim_blanks(text) -%}
    trim(both {{ adapter.dispatch('blanks')() }} from {{ text }})
{%- endmacro %}

{% macro default__blanks() -%} concat(' ', chr(9), chr(10), chr(13), chr(160)) {%- endmacro %}

{# Text is trimmed in a hundred places of a view, and DuckDB looks up each function each time it plans one. #}
{% macro duckdb__blanks() -%} {{ "e' \\t\\n\\r\u00a0'" }} {%- endmacro %}

{# Most text needs no trimming, and to look first is ten times faster: a visible ASCII letter is at both ends. #}
{% macro has_visible_ends(text) -%}
    ({{ text }}) between '!' and '~' and ord(({{ text }})[-1]) between 33 and 126
{%- endmacro %}


{# The same, and null for text of blanks only. #}
{% macro text_without_blanks(text) -%}
    {{ adapter.dispatch('text_without_blanks')(text) }}
{%- endmacro %}

{% macro duckdb__text_without_blanks(text) -%}
    case when {{ has_visible_ends(text) }} then {{ text }} else nullif({{ default__trim_blanks(text) }}, '') end
{%- endmacro %}

{# Spark takes longer to plan what is repeated than it saves. #}
{% macro default__text_without_blanks(text) -%} nullif({{ trim_blanks(text) }}, '') {%- endmacro %}


{# Whether text matches a regular expression; keep to what RE2 and Java share, and to no backslash. #}
{% macro matches(expression, pattern) -%}
    {{ adapter.dispatch('matches')(expression, pattern) }}
{%- endmacro %}

{% macro duckdb__matches(expression, pattern) -%} regexp_matches({{ expression }}, '{{ pattern }}') {%- endmacro %}

{% macro spark__matches(expression, pattern) -%} regexp_like({{ expression }}, '{{ pattern }}') {%- endmacro %}


{# A timestamp in UTC, or null. Text must begin with a date; its offset counts, and without one it is UTC. #}
{% macro parse_timestamp(column) -%}
    {{ adapter.dispatch('parse_timestamp')(column) }}
{%- endmacro %}

{# Without the pattern 'epoch' and 'infinity' would be times. #}
{% macro begins_with_date(column) -%} {{ matches(read_text(column), '^[0-9]{4}-[0-9]{1,2}-[0-9]') }} {%- endmacro %}

{# The cast to timestamp ignores an offset, the cast to timestamptz does not; typeof is known when the query is planned. #}
{% macro duckdb__parse_timestamp(column) -%}
    case
        when typeof({{ column }}) like 'TIMESTAMP%' then try_cast({{ column }} as timestamp)
        when {{ begins_with_date(column) }} then cast(try_cast({{ read_text(column) }} as timestamptz) as timestamp)
    end
{%- endmacro %}

{# Spark's cast wants seconds before an offset, one blank after the date, minutes after the hour, and no hour 24. #}
{% macro spark__parse_timestamp(column) -%}
    {%- set date, text = '^([0-9]{4}-[0-9]{1,2}-[0-9]{1,2})', read_text(column) -%}
    {%- set one_blank = "regexp_replace(" ~ text ~ ", '" ~ date ~ " +', '$1 ')" -%}
    {%- set seconds = "regexp_replace(" ~ one_blank ~ ", '" ~ date ~ "([ T][0-9]{1,2}:[0-9]{1,2})([Z+-])', '$1$2:00$3')" -%}
    {%- set midnight = "regexp_replace(" ~ seconds ~ ", '" ~ date ~ "([ T])24(:00(:00)?([.]0+)?)', '$1$200$3')" -%}
    case
        when typeof({{ column }}) = 'timestamp' then try_cast({{ column }} as timestamp)
        when {{ matches(seconds, date ~ '[ T]24:00(:00)?([.]0+)?') }} then try_cast({{ midnight }} as timestamp) + interval 1 day
        when {{ begins_with_date(column) }} and not {{ matches(text, date ~ '[ T][0-9]{1,2}$') }}
            then try_cast({{ seconds }} as timestamp)
    end
{%- endmacro %}


{# A finite number, or null. Text may have a currency sign and thousands separators at their places. #}
{% macro parse_number(column) -%}
    {%- set pattern = '^[-+]?[$€£]? ?([0-9]+|[0-9]{1,3}(,[0-9]{3})+)?([.][0-9]*)?([eE][-+]?[0-9]{1,2})?$' -%}
    case
        when typeof({{ column }}) in ({{ number_type_names() }})
            then case when abs(try_cast({{ column }} as double)) < 1e100 then try_cast({{ column }} as double) end
        when {{ matches(read_text(column), pattern) }}
            then try_cast(translate({{ read_text(column) }}, ',$€£ ', '') as double)
    end
{%- endmacro %}

{% macro number_type_names() -%}
    {{ adapter.dispatch('number_type_names')() }}
{%- endmacro %}

{% macro duckdb__number_type_names() -%} 'DOUBLE', 'FLOAT', 'BIGINT', 'INTEGER', 'SMALLINT', 'TINYINT', 'UBIGINT', 'UINTEGER' {%- endmacro %}

{% macro spark__number_type_names() -%} 'double', 'float', 'bigint', 'int', 'smallint', 'tinyint' {%- endmacro %}
