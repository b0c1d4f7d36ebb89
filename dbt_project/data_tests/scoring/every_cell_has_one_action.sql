-- A cell without an action is a lead that nobody calls.
with

cells as (
    select
        profile_bands.scoring_model,
        {{ dbt.concat(["profile_bands.grade", "engagement_bands.grade"]) }} as grade
    from {{ ref('grade_bands') }} as profile_bands
    inner join {{ ref('grade_bands') }} as engagement_bands
        on
            profile_bands.scoring_model = engagement_bands.scoring_model
            and profile_bands.dimension = 'profile'
            and engagement_bands.dimension = 'engagement'
),

counted as (
    select
        coalesce(cells.scoring_model, actions.scoring_model) as scoring_model,
        coalesce(cells.grade, actions.grade) as grade,
        count(actions.action) as action_count,
        count(cells.grade) as cell_count
    from cells
    full outer join {{ ref('grade_actions') }} as actions
        on
            cells.scoring_model = actions.scoring_model
            and cells.grade = actions.grade
    group by coalesce(cells.scoring_model, actions.scoring_model), coalesce(cells.grade, actions.grade)
)

select * from counted
where action_count <> 1 or cell_count <> 1
