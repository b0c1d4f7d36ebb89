{#
    An aggregate: a list of the values of the first rows of a group. Rows without a value do not count.

    Args:
        value: an expression.
        places: expressions that rows are in the order of, each ascending and none null.
        count: the length of the list, which is null or empty where there is no such row.
        where: a condition for rows to count.
#}
{% macro first_values(value, places, count, where) -%}
    {{- return(adapter.dispatch('first_values')(value, places, count, where)) -}}
{%- endmacro %}

{% macro duckdb__first_values(value, places, count, where) -%}
    min_by({{ value }}, row({{ places | join(', ') }}), {{ count }}) filter (where {{ where }})
{%- endmacro %}

{% macro spark__first_values(value, places, count, where) -%}
    slice(
        transform(
            array_sort(
                collect_list(
                    struct(
                        {%- for place in places %}{{ place }} as place_{{ loop.index }}, {% endfor %}{{ value }} as value
                    )
                ) filter (where {{ where }} and {{ value }} is not null)
            ),
            each_row -> each_row.value
        ),
        1, {{ count }}
    )
{%- endmacro %}

{# The value at a place of a list, counted from 1; null where the list is shorter, or is none. #}
{% macro value_at(list, place) -%}
    {{- return(adapter.dispatch('value_at')(list, place)) -}}
{%- endmacro %}

{% macro duckdb__value_at(list, place) -%} {{ list }}[{{ place }}] {%- endmacro %}

{% macro spark__value_at(list, place) -%} get({{ list }}, {{ place - 1 }}) {%- endmacro %}
