-- The one step that each lead is offered next: the first that a permitted channel and, where it needs one, a content are left for.
with

open_steps as (
    select * from {{ ref('int_due_steps') }}
),

steps as (
    select * from {{ ref('program_steps') }}
),

step_contents as (
    select * from {{ ref('int_step_contents') }}
),

permissions as (
    select * from {{ ref('int_contact_permissions') }}
    where refusal is null
),

preferences as (
    select * from {{ ref('interest_profile') }}
    where aspect = 'channel'
),

settings as (
    select * from {{ ref('nurture_settings') }}
),

possible as (
    select
        open_steps.lead_id,
        open_steps.program,
        open_steps.step,
        open_steps.triggered_on,
        open_steps.due_at,
        permissions.channel,
        permissions.address,
        step_contents.content_id,
        cast(row_number() over (
            partition by open_steps.lead_id
            order by
                open_steps.step_rank,
                -- a channel that was never tried is as good as what is assumed of all
                coalesce(
                    preferences.score,
                    cast(round(cast(settings.prior_response_points as decimal(18, 4)) / settings.prior_contacts, 4) as decimal(18, 4))
                ) desc,
                {{ dbt.position(dbt.concat(["'|'", "permissions.channel", "'|'"]), dbt.concat(["'|'", "steps.channels", "'|'"])) }}
        ) as integer) as offer_rank
    from open_steps
    inner join steps
        on
            open_steps.program = steps.program
            and open_steps.step = steps.step
    inner join permissions
        on
            open_steps.lead_id = permissions.lead_id
            and {{ is_listed('permissions.channel', 'steps.channels') }}
    left join step_contents
        on
            open_steps.lead_id = step_contents.lead_id
            and open_steps.step = step_contents.step
    left join preferences
        on
            permissions.lead_id = preferences.lead_id
            and permissions.channel = preferences.value
    cross join settings
    where steps.formats is null or step_contents.content_id is not null
)

select * from possible
where offer_rank = 1
