-- From when to when each version of a scoring model held.
with

versions as (
    select * from {{ ref('scoring_versions') }}
),

spans as (
    select
        scoring_model,
        version as scoring_version,
        cast(valid_from as timestamp) as valid_from,
        cast(lead(valid_from) over (partition by scoring_model order by valid_from) as timestamp) as valid_to
    from versions
)

select * from spans
