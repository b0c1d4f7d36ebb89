-- What became of each opportunity: opened, every stage that it passed, won or lost.
with

opportunities as (
    select * from {{ ref('stg_crm__opportunities') }}
    where {{ valid_at_as_of(ref('stg_crm__opportunities')) }}
),

history as (
    select * from {{ ref('stg_crm__opportunity_history') }}
),

stages as (
    select * from {{ ref('opportunity_stages') }}
),

people as (
    select * from {{ ref('int_opportunity_people') }}
),

present as (
    select
        opportunity_id,
        stage,
        coalesce(closed_at, updated_at, created_at) as changed_at,
        case when is_closed then case when is_won then 'won' else 'lost' end end as outcome
    from opportunities
    where stage is not null
),

passages as (
    select
        opportunity_id,
        stage,
        changed_at
    from history

    union all

    -- a CRM may keep no history, or not have handed over the last of it
    select
        present.opportunity_id,
        present.stage,
        present.changed_at
    from present
    anti join history
        on
            present.opportunity_id = history.opportunity_id
            and present.stage = history.stage
),

judged as (
    select
        passages.opportunity_id,
        passages.stage,
        passages.changed_at,
        coalesce(stages.outcome, present.outcome, 'open') as outcome
    from passages
    left join stages
        on passages.stage = stages.stage
    left join present
        on
            passages.opportunity_id = present.opportunity_id
            and passages.stage = present.stage
),

facts as (
    select
        opportunity_id,
        'opportunity_opened' as fact,
        '' as fact_value,
        created_at as occurred_at
    from opportunities

    union all

    select
        opportunity_id,
        'opportunity_stage' as fact,
        stage as fact_value,
        changed_at as occurred_at
    from judged

    union all

    select
        judged.opportunity_id,
        case judged.outcome when 'won' then 'opportunity_won' else 'opportunity_lost' end as fact,
        case judged.outcome when 'won' then '' else coalesce(opportunities.loss_reason, '') end as fact_value,
        judged.changed_at as occurred_at
    from judged
    left join opportunities
        on judged.opportunity_id = opportunities.opportunity_id
    where judged.outcome <> 'open'
)

select
    people.lead_id,
    facts.*
from facts
inner join people
    on facts.opportunity_id = people.opportunity_id
