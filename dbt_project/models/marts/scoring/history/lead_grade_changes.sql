-- One row a change, with the rules that moved it: appended as the rules' points are, never rewritten.
with

recorded as (
    select * from {{ ref('lead_grade_change_contributions') }}
    {{ of_leads_in('int_leads_to_score') }}
),

moved as (
    select recorded.*
    from recorded
    {% if is_incremental() -%}
        anti join {{ this }} as told
            on
                recorded.lead_id = told.lead_id
                and recorded.scoring_model = told.scoring_model
                and recorded.changed_at = told.changed_at
    {%- endif %}
),

ranked as (
    select
        *,
        row_number() over (
            partition by lead_id, scoring_model, changed_at
            order by abs(points_after - points_before) desc, dimension asc, criterion asc, rule_id asc
        ) as move_rank,
        {{ dbt.concat([
            "label",
            "case when points_after > points_before then ' +' else ' ' end",
            "cast(cast(points_after - points_before as decimal(18, 1)) as string)",
        ]) }} as move
    from moved
    where from_grade is not null and points_after <> points_before
),

movers as (
    select
        lead_id,
        scoring_model,
        changed_at,
        max(case when move_rank = 1 then move end) as first_move,
        max(case when move_rank = 2 then move end) as second_move,
        max(case when move_rank = 3 then move end) as third_move
    from ranked
    where move_rank <= 3
    group by lead_id, scoring_model, changed_at
),

changes as (
    select distinct
        lead_id,
        scoring_model,
        changed_at,
        from_grade,
        to_grade,
        combined_before,
        combined_after
    from moved
),

explained as (
    select
        changes.lead_id,
        changes.scoring_model,
        changes.changed_at,
        changes.from_grade,
        changes.to_grade,
        changes.combined_before,
        changes.combined_after,
        {{ dbt.concat([
            "movers.first_move",
            "coalesce(" ~ dbt.concat(["', '", "movers.second_move"]) ~ ", '')",
            "coalesce(" ~ dbt.concat(["', '", "movers.third_move"]) ~ ", '')",
        ]) }} as moved_by
    from changes
    left join movers
        on
            changes.lead_id = movers.lead_id
            and changes.scoring_model = movers.scoring_model
            and changes.changed_at = movers.changed_at
)

select * from explained
