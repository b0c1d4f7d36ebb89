-- Criteria of a profile, or of bands, share out 100 points: any other sum moves every grade unseen.
with

summed as (
    select
        scoring_model,
        dimension,
        shape,
        sum(max_points) as points
    from {{ ref('scoring_criteria') }}
    where shape in ('profile', 'bands')
    group by scoring_model, dimension, shape
)

select * from summed
where points <> 100
