-- A lead without a stage is in no list of anybody.
with

expected as (
    select
        leads.lead_id,
        models.lifecycle_model
    from {{ ref('int_leads') }} as leads
    cross join {{ ref('lifecycle_models') }} as models
    where models.is_active
),

placed as (
    select
        lead_id,
        lifecycle_model,
        count(*) as stages
    from {{ ref('lead_lifecycle') }}
    group by lead_id, lifecycle_model
),

wrong as (
    select
        expected.lead_id,
        expected.lifecycle_model,
        coalesce(placed.stages, 0) as stages
    from expected
    left join placed
        on
            expected.lead_id = placed.lead_id
            and expected.lifecycle_model = placed.lifecycle_model
    where coalesce(placed.stages, 0) <> 1
)

select * from wrong
