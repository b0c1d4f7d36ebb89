-- What to send to whom next, within the days that are planned: one step a lead, never against a refusal, a cap or the night.
with

dated_steps as (
    select * from {{ ref('int_dated_steps') }}
),

steps as (
    select * from {{ ref('program_steps') }}
),

settings as (
    select * from {{ ref('nurture_settings') }}
),

contents as (
    select * from {{ ref('nurture_contents') }}
),

hours as (
    select
        lead_id,
        cast(value as integer) as response_hour
    from {{ ref('interest_profile') }}
    where aspect = 'hour' and preference_rank = 1
),

rules as (
    select * from {{ ref('program_rules') }}
),

channels as (
    select * from {{ ref('nurture_channels') }}
),

planned as (
    select
        dated_steps.lead_id,
        dated_steps.program,
        dated_steps.step,
        steps.label,
        dated_steps.channel,
        dated_steps.address,
        dated_steps.content_id,
        contents.label as content_label,
        contents.topic,
        steps.trigger_activity,
        dated_steps.triggered_on,
        dated_steps.earliest_at,
        dated_steps.latest_at,
        {{ dbt.dateadd('hour', 'hours.response_hour', 'cast(cast(dated_steps.earliest_at as date) as timestamp)') }} as response_at,
        {{ nurture_campaign('dated_steps.program', 'dated_steps.step', 'dated_steps.content_id') }} as campaign_id,
        -- who shares an address shares its caps
        row_number() over (
            partition by dated_steps.channel, {{ address_key('dated_steps.address', 'channels.compared_digits') }}
            order by rules.priority, dated_steps.earliest_at, dated_steps.lead_id
        ) as address_rank,
        {{ as_of() }} as as_of
    from dated_steps
    inner join rules
        on dated_steps.program = rules.program
    inner join steps
        on
            dated_steps.program = steps.program
            and dated_steps.step = steps.step
    inner join channels
        on dated_steps.channel = channels.channel
    inner join settings
        on dated_steps.earliest_at < {{ dbt.dateadd('day', 'settings.plan_days', as_of()) }}
    left join contents
        on dated_steps.content_id = contents.content_id
    left join hours
        on dated_steps.lead_id = hours.lead_id
)

select
    lead_id,
    program,
    step,
    label,
    channel,
    address,
    content_id,
    content_label,
    topic,
    trigger_activity,
    triggered_on,
    earliest_at,
    -- the hour at which the lead answers, when there is one left in this window
    case when response_at >= earliest_at and response_at < latest_at then response_at else earliest_at end as best_at,
    latest_at,
    campaign_id,
    as_of
from planned
where address_rank = 1
