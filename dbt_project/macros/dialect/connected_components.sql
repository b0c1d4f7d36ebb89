{#
    A query of (node, component) for an undirected graph: component is the smallest node that can be reached.
    `edges` is a relation with from_node and to_node that holds each edge in both directions.
#}
{% macro connected_components(edges) -%}
    {{ return(adapter.dispatch('connected_components', 'leadhouse')(edges)) }}
{%- endmacro %}

{% macro default__connected_components(edges) -%}
    with recursive reached as (
        select distinct from_node as node, from_node as label
        from {{ edges }}

        union

        -- only the smallest label has to arrive everywhere, so a larger one stops early
        select edges.to_node as node, reached.label
        from reached
        inner join {{ edges }} as edges
            on
                reached.node = edges.from_node
                and reached.label < edges.to_node
    )

    select node, min(label) as component
    from reached
    group by node
{%- endmacro %}
