-- The grade of each lead by the default model, beside the one that the CRM was told.
with

grades as (
    select * from {{ ref('lead_grades') }}
),

models as (
    select * from {{ ref('scoring_models') }}
    where is_default
),

records as (
    select * from {{ ref('int_sync_records') }}
    where withheld is null
),

known_values as (
    select * from {{ ref('sync_crm__known_values') }}
),

mappings as (
    select * from {{ ref('field_mappings') }}
    where
        destination = {{ sync_destination() }}
        and source_column = 'grade'
),

told as (
    select
        known_values.object,
        known_values.record_id,
        max(known_values.value) as told_grade
    from known_values
    inner join mappings
        on
            known_values.object = mappings.object
            and known_values.field = mappings.field
    group by known_values.object, known_values.record_id
),

graded as (
    select
        grades.lead_id,
        grades.scoring_model,
        grades.profile_score,
        grades.engagement_score,
        grades.profile_grade,
        cast(grades.engagement_level as string) as engagement_level,
        grades.grade,
        told.told_grade
    from grades
    semi join models
        on grades.scoring_model = models.scoring_model
    inner join records
        on grades.lead_id = records.lead_id
    left join told
        on
            records.object = told.object
            and records.record_id = told.record_id
)

select * from graded
