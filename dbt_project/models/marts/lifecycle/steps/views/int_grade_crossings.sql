-- When a lead's grade crossed the hand-off line, up or down: from the record of grades, and before it begins from the CRM's field history.
with

models as (
    select * from {{ ref('scoring_models') }}
    where is_default
),

recorded as (
    select changes.*
    from {{ ref('lead_grade_changes') }} as changes
    semi join models
        on changes.scoring_model = models.scoring_model
    where changes.changed_at <= {{ as_of() }}
),

actions as (
    select * from {{ ref('grade_actions') }}
),

history as (
    select * from {{ ref('stg_crm__lead_history') }}
),

mappings as (
    select distinct field
    from {{ ref('field_mappings') }}
    where known_column = 'lead_grade'
),

identities as (
    select * from {{ ref('int_identities') }}
    where identifier_type = 'lead'
),

records_begin as (
    select
        lead_id,
        min(changed_at) as changed_at
    from recorded
    group by lead_id
),

earlier_grades as (
    select
        identities.lead_id,
        history.new_value as grade,
        history.changed_at
    from history
    semi join mappings
        on history.field = mappings.field
    inner join identities
        on history.lead_id = identities.identifier
    left join records_begin
        on identities.lead_id = records_begin.lead_id
    -- later the CRM only repeats what it was told
    where records_begin.lead_id is null or history.changed_at < records_begin.changed_at
),

grades as (
    select
        lead_id,
        scoring_model,
        to_grade as grade,
        changed_at,
        true as is_recorded
    from recorded

    union all

    select
        earlier_grades.lead_id,
        models.scoring_model,
        earlier_grades.grade,
        earlier_grades.changed_at,
        false as is_recorded
    from earlier_grades
    cross join models
),

sides as (
    select
        grades.*,
        coalesce(actions.is_hand_off, false) as is_above,
        lag(coalesce(actions.is_hand_off, false)) over (
            partition by grades.lead_id order by grades.changed_at asc, grades.grade desc
        ) as was_above
    from grades
    left join actions
        on
            grades.scoring_model = actions.scoring_model
            and grades.grade = actions.grade
),

crossings as (
    select
        lead_id,
        scoring_model,
        grade,
        changed_at as crossed_at,
        is_above,
        is_recorded
    from sides
    where is_above <> coalesce(was_above, false)
)

select * from crossings
