with

edges as (
    select * from {{ ref('int_identity_edges') }}
),

both_ways as (
    select
        record_key as from_node,
        other_key as to_node
    from edges

    union

    select
        other_key as from_node,
        record_key as to_node
    from edges
)

select * from both_ways
