-- One sentence a sales rep can read: why this grade, why now, what changed.
{% set order_of_reasons = ["case when criterion = 'disqualified' then 0 else 1 end", '-points', 'criterion', 'rule_id'] %}
with

grades as (
    select * from {{ ref('lead_grades') }}
    {{ of_leads_in('int_leads_to_score') }}
),

contributions as (
    select * from {{ ref('lead_score_contributions') }}
    {{ of_leads_in('int_leads_to_score') }}
),

changes as (
    select * from {{ ref('lead_grade_changes') }}
    where
        changed_at <= {{ as_of() }}
        and from_grade is not null
    {{ of_leads_in('int_leads_to_score', 'and') }}
),

words as (
    select
        lead_id,
        scoring_model,
        {{ first_values('label', order_of_reasons, 2, where="dimension = 'profile'") }} as fits,
        {{ first_values('evidence', order_of_reasons, 2, where="dimension = 'engagement'") }} as interests
    from contributions
    where points > 0 or criterion = 'disqualified'
    group by lead_id, scoring_model
),

last_change_times as (
    select
        lead_id,
        scoring_model,
        max(changed_at) as changed_at
    from changes
    group by lead_id, scoring_model
),

last_changes as (
    select changes.*
    from changes
    inner join last_change_times
        on
            changes.lead_id = last_change_times.lead_id
            and changes.scoring_model = last_change_times.scoring_model
            and changes.changed_at = last_change_times.changed_at
),

reasons as (
    select
        grades.lead_id,
        grades.scoring_model,
        {{ dbt.concat([
            "grades.grade",
            "': '",
            "coalesce(" ~ value_at('words.fits', 1) ~ ", 'no known fit')",
            "coalesce(" ~ dbt.concat(["' and '", value_at('words.fits', 2)]) ~ ", '')",
            "'; '",
            "coalesce(" ~ value_at('words.interests', 1) ~ ", 'no recent activity')",
            "coalesce(" ~ dbt.concat(["', '", value_at('words.interests', 2)]) ~ ", '')",
            "coalesce(" ~ dbt.concat([
                "'; was '", "last_changes.from_grade",
                "' until '", "cast(cast(last_changes.changed_at as date) as string)",
                "coalesce(" ~ dbt.concat(["': '", "last_changes.moved_by"]) ~ ", '')",
            ]) ~ ", '')",
            "'.'",
        ]) }} as reason
    from grades
    left join words
        on
            grades.lead_id = words.lead_id
            and grades.scoring_model = words.scoring_model
    left join last_changes
        on
            grades.lead_id = last_changes.lead_id
            and grades.scoring_model = last_changes.scoring_model
)

select * from reasons
