-- Opt-outs that only a robot clicked: honoured, and listed so that someone can ask the person.
with

opt_outs as (
    select * from {{ ref('int_opt_outs') }}
    where is_by_robot
),

leads as (
    select
        lead_id,
        email,
        owner_id
    from {{ ref('int_leads') }}
),

listed as (
    select
        opt_outs.lead_id,
        leads.email,
        leads.owner_id,
        opt_outs.opted_out_at
    from opt_outs
    inner join leads
        on opt_outs.lead_id = leads.lead_id
)

select * from listed
