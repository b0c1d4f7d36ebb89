-- What was known of each lead by the end of its day 30. Every lead's day 0 is moved to the same date, so that one as-of
-- time is day 30 for all of them. The tables run on to day 89: whatever is later never passes known_by_day_30().
create macro table_file(name) as getvariable('data') || '/tables/' || name || '.parquet';
create macro day_0() as cast(getvariable('as_of') as date) - 30;
create macro known_by_day_30(happened_on, created_on) as
    happened_on is not null and happened_on - created_on between 0 and 30;
create macro moved(happened_on, created_on) as
    day_0() + to_days(cast(happened_on - created_on as integer));

-- Leaves out current_stage, is_sql and the label.
create view lead_facts as
select
    lead_id,
    contact_id,
    account_id,
    lead_source,
    owner_rep_id,
    cast(lead_created_at as date) as created_on
from read_parquet(table_file('leads'));

create view account_facts as
select
    account_id,
    company_name,
    industry,
    region,
    cast(created_at as timestamp) as created_at,
    -- a band is known by its lower edge
    case employee_band when '200-499' then 200 when '500-999' then 500 when '1000-1999' then 1000 when '2000+' then 2000
    end as employee_count,
    case estimated_revenue_band
        when '$1M-$10M' then 1000000 when '$10M-$50M' then 10000000 when '$50M-$200M' then 50000000
        when '$200M+' then 200000000
    end as annual_revenue
from read_parquet(table_file('accounts'));

create view known_opportunities as
with

opened as (

    select
        opportunities.opportunity_id,
        opportunities.estimated_acv,
        opportunities.close_outcome,
        lead_facts.*,
        cast(opportunities.created_at as date) as opened_on,
        cast(opportunities.closed_at as date) as closed_on
    from read_parquet(table_file('opportunities')) as opportunities
    inner join lead_facts
        on opportunities.lead_id = lead_facts.lead_id
    where known_by_day_30(opened_on, lead_facts.created_on)

)

select
    opportunity_id,
    lead_id,
    account_id,
    lead_source,
    owner_rep_id,
    estimated_acv,
    moved(opened_on, created_on) as created_at,
    case when known_by_day_30(closed_on, created_on) then moved(closed_on, created_on) end as closed_at,
    case when known_by_day_30(closed_on, created_on) then close_outcome else 'open' end as state
from opened;
