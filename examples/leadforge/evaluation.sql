-- The outcome by the data set's own splits, for the report only. The weights were chosen on the train split.
with

labelled as (

    select lead_id, converted_within_90_days as converted, 'train' as split
    from read_parquet(getvariable('data') || '/tasks/converted_within_90_days/train.parquet')
    union all
    select lead_id, converted_within_90_days as converted, 'valid' as split
    from read_parquet(getvariable('data') || '/tasks/converted_within_90_days/valid.parquet')
    union all
    select lead_id, converted_within_90_days as converted, 'test' as split
    from read_parquet(getvariable('data') || '/tasks/converted_within_90_days/test.parquet')

),

closed_by_day_30 as (

    select lead_id from known_opportunities
    where closed_at is not null

)

select lead_id, 'all leads' as leads_group, converted from labelled
union all
select lead_id, split as leads_group, converted from labelled
union all
select labelled.lead_id, 'test, not closed by day 30' as leads_group, labelled.converted
from labelled
anti join closed_by_day_30
    on labelled.lead_id = closed_by_day_30.lead_id
where labelled.split = 'test'
