-- The outcome, for the report only. A lead may be in several groups; the weights were chosen on the design half.
with

outcomes as (

    select
        trim("Prospect ID") as lead_id,
        "Converted" = '1' as converted,
        case when md5("Prospect ID") < '8' then 'design half' else 'held-out half' end as half
    from read_csv(getvariable('data') || '/Leads.csv', header = true, all_varchar = true)

)

select lead_id, 'all leads' as leads_group, converted from outcomes
union all
select lead_id, half as leads_group, converted from outcomes
