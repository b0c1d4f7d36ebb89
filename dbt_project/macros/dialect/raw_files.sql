{# Which file a row of the raw table `relation` is from: the file_id of the register. #}
{% macro raw_row_file(relation) -%}
    regexp_extract({{ relation }}.row_file, '([^/.]+)([.]cells)?[.]parquet$', 1)
{%- endmacro %}


{# The place of a row of the raw table `relation` in its Parquet file, from 0. #}
{% macro raw_row_index(relation) -%}
    {{ relation }}.file_row_number
{%- endmacro %}


{#
    The parts of a raw table that are read apart. Landing gives files in which a time or a number is text a name of their
    own: one such file among the others would make text of that column everywhere, to be parsed again in every row.
#}
{% macro raw_parts(relation) -%}
    {{- return(adapter.dispatch('raw_parts')(relation)) -}}
{%- endmacro %}

{% macro duckdb__raw_parts(relation) -%}
    {%- set all_files, relation_text = '/**/*.parquet', relation | string -%}
    {%- if all_files not in relation_text -%} {{- return([relation_text]) -}} {%- endif -%}
    {{- return([
        relation_text | replace(all_files, '/**/*[!s].parquet'),
        relation_text | replace(all_files, '/**/*.cells.parquet')
    ]) -}}
{%- endmacro %}

{# There the raw tables are views with one type a column. #}
{% macro default__raw_parts(relation) -%} {{- return([relation]) -}} {%- endmacro %}


{# Whether a raw table has any file; landing gives each at least its contract. #}
{% macro is_there(relation) -%}
    {{- return(adapter.dispatch('is_there')(relation)) -}}
{%- endmacro %}

{% macro duckdb__is_there(relation) -%}
    {%- set files = (relation | string).split("'")[1] -%}
    {{- return(run_query("select 1 from glob('" ~ files ~ "') limit 1").rows | length > 0) -}}
{%- endmacro %}

{% macro default__is_there(relation) -%} {{- return(true) -}} {%- endmacro %}
