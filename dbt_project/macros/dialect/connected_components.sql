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

{#
    Spark's recursive queries keep repeated rows and so never end on a cycle. Here the edges are rewritten, round by round,
    into one star for each component, with the smallest node in its middle (large-star and small-star, Kiveris et al.,
    "Connected Components in MapReduce and Beyond", 2014): exact for every shape, in a number of rounds that grows with the
    logarithm of the longest chain. Each round is a table, so that Spark does not plan all of them as one query.
#}
{% macro spark__connected_components(edges) -%}
    {%- set stars = ['select from_node as node, to_node as other from ' ~ edges] -%}
    {%- if execute and flags.WHICH in ('build', 'run', 'retry', 'show') -%}
        {%- for round in range(100) if not stars[-2:-1] == ['done'] -%}
            {%- set table = this.incorporate(path={'identifier': this.identifier ~ '__round_' ~ round % 2}, type='table') -%}
            {%- do adapter.drop_relation(table) -%}
            {%- do run_query('create table ' ~ table ~ ' using parquet as ' ~ spark__round_of_stars(stars[-1])) -%}
            {%- if run_query(spark__unfinished_stars(table)).rows[0][0] == 0 -%}{%- do stars.append('done') -%}{%- endif -%}
            {%- do stars.append('select node, other from ' ~ table) -%}
        {%- endfor -%}
        {%- if 'done' not in stars -%}
            {{- exceptions.raise_compiler_error('the components of ' ~ edges ~ ' are not found after 100 rounds') -}}
        {%- endif -%}
    {%- endif -%}
    with nodes as (
        select distinct from_node as node
        from {{ edges }}
    ),

    stars as (
        {{ stars[-1] }}
    )

    select
        nodes.node,
        coalesce(min(stars.other), nodes.node) as component
    from nodes
    left join stars
        on nodes.node = stars.node
    group by nodes.node
{%- endmacro %}

{# Every node is tied to the smallest of its neighbours: first its larger neighbours, then itself and the smaller ones. #}
{% macro spark__round_of_stars(edges) -%}
    with neighbours as (
        select node, other from ({{ edges }}) as one_way
        union
        select other as node, node as other from ({{ edges }}) as other_way
    ),

    nearest as (
        select
            node,
            least(node, min(other)) as middle
        from neighbours
        group by node
    ),

    large_stars as (
        select distinct
            neighbours.other as node,
            nearest.middle as other
        from neighbours
        inner join nearest
            on neighbours.node = nearest.node
        where neighbours.other > neighbours.node
    ),

    smallest as (
        select
            node,
            min(other) as middle
        from large_stars
        group by node
    )

    select
        node,
        middle as other
    from smallest
    union
    select
        large_stars.other as node,
        smallest.middle as other
    from large_stars
    inner join smallest
        on large_stars.node = smallest.node
    where large_stars.other <> smallest.middle
{%- endmacro %}

{# How many nodes still have two middles, or are the middle of one star and a point of another. #}
{% macro spark__unfinished_stars(stars) -%}
    select count(*)
    from (
        select node from {{ stars }} group by node having count(*) > 1
        union all
        select points.node
        from {{ stars }} as points
        left semi join {{ stars }} as middles
            on points.node = middles.other
    ) as unfinished
{%- endmacro %}
