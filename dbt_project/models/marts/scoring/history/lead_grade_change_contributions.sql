-- Every rule's points at each change of a lead's grade: appended when the grade moves, never rewritten.
with

grades as (
    select * from {{ ref('lead_grades') }}
    {{ of_leads_in('int_leads_to_score') }}
),

contributions as (
    select * from {{ ref('lead_score_contributions') }}
),

last_grades as (
    {% if is_incremental() %}
        select
            lead_id,
            scoring_model,
            max(changed_at) as changed_at,
            max_by(to_grade, changed_at) as to_grade,
            max_by(combined_after, changed_at) as combined_after
        from {{ grades_on_record() }}
        {{ of_leads_in('int_leads_to_score') }}
        group by lead_id, scoring_model
    {% else %}
        select
            lead_id,
            scoring_model,
            {{ as_of() }} as changed_at,
            grade as to_grade,
            combined_score as combined_after
        from grades
        where false
    {% endif %}
),

changes as (
    select
        grades.lead_id,
        grades.scoring_model,
        {{ as_of() }} as changed_at,
        last_grades.changed_at as changed_before_at,
        last_grades.to_grade as from_grade,
        grades.grade as to_grade,
        last_grades.combined_after as combined_before,
        grades.combined_score as combined_after
    from grades
    left join last_grades
        on
            grades.lead_id = last_grades.lead_id
            and grades.scoring_model = last_grades.scoring_model
    where
        last_grades.to_grade is null
        -- a replay of the past writes no history
        or (grades.grade <> last_grades.to_grade and {{ as_of() }} > last_grades.changed_at)
),

rules_before_and_after as (
    select
        lead_id,
        scoring_model,
        dimension,
        criterion,
        rule_id,
        label,
        cast(0 as decimal(18, 4)) as points_before,
        points as points_after
    from contributions

    {% if is_incremental() %}
        union all

        -- few grades move: only theirs is looked up of what was said before
        select
            past.lead_id,
            past.scoring_model,
            past.dimension,
            past.criterion,
            past.rule_id,
            past.label,
            past.points_after as points_before,
            cast(0 as decimal(18, 4)) as points_after
        from {{ this }} as past
        inner join changes
            on
                past.lead_id = changes.lead_id
                and past.scoring_model = changes.scoring_model
                and past.changed_at = changes.changed_before_at
        where past.points_after <> 0
    {% endif %}
),

moved as (
    select
        changes.lead_id,
        changes.scoring_model,
        changes.changed_at,
        changes.from_grade,
        changes.to_grade,
        changes.combined_before,
        changes.combined_after,
        rules.dimension,
        rules.criterion,
        rules.rule_id,
        max(rules.label) as label,
        cast(sum(rules.points_before) as decimal(18, 4)) as points_before,
        cast(sum(rules.points_after) as decimal(18, 4)) as points_after
    from changes
    inner join rules_before_and_after as rules
        on
            changes.lead_id = rules.lead_id
            and changes.scoring_model = rules.scoring_model
    group by
        changes.lead_id, changes.scoring_model, changes.changed_at, changes.from_grade, changes.to_grade,
        changes.combined_before, changes.combined_after, rules.dimension, rules.criterion, rules.rule_id
)

select * from moved
