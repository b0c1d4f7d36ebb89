-- One sentence a sales rep can read: why this grade, why now, what changed.
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

ranked as (
    select
        lead_id,
        scoring_model,
        dimension,
        criterion,
        case when dimension = 'profile' then label else evidence end as words,
        row_number() over (
            partition by lead_id, scoring_model, dimension
            order by case when criterion = 'disqualified' then 0 else 1 end asc, points desc, criterion asc, rule_id asc
        ) as words_rank
    from contributions
    where points > 0 or criterion = 'disqualified'
),

words as (
    select
        lead_id,
        scoring_model,
        max(case when dimension = 'profile' and words_rank = 1 then words end) as first_fit,
        max(case when dimension = 'profile' and words_rank = 2 then words end) as second_fit,
        max(case when dimension = 'engagement' and words_rank = 1 then words end) as first_interest,
        max(case when dimension = 'engagement' and words_rank = 2 then words end) as second_interest
    from ranked
    where words_rank <= 2
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
            "coalesce(words.first_fit, 'no known fit')",
            "coalesce(" ~ dbt.concat(["' and '", "words.second_fit"]) ~ ", '')",
            "'; '",
            "coalesce(words.first_interest, 'no recent activity')",
            "coalesce(" ~ dbt.concat(["', '", "words.second_interest"]) ~ ", '')",
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
