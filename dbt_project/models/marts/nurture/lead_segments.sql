-- Which segments each lead is in: those of which it fits every rule of one alternative.
with

matches as (
    select * from {{ ref('int_segment_rule_matches') }}
),

rules as (
    select * from {{ ref('segment_rules') }}
),

segments as (
    select * from {{ ref('segments') }}
),

alternatives as (
    select
        segment,
        alternative,
        count(*) as rule_count
    from rules
    group by segment, alternative
),

fitted as (
    select
        matches.lead_id,
        rules.segment,
        rules.alternative,
        count(*) as rule_count
    from matches
    inner join rules
        on
            matches.segment = rules.segment
            and matches.rule_id = rules.rule_id
    group by matches.lead_id, rules.segment, rules.alternative
),

members as (
    select
        fitted.lead_id,
        fitted.segment,
        min(fitted.alternative) as alternative
    from fitted
    inner join alternatives
        on
            fitted.segment = alternatives.segment
            and fitted.alternative = alternatives.alternative
            and fitted.rule_count = alternatives.rule_count
    group by fitted.lead_id, fitted.segment
)

select
    members.lead_id,
    members.segment,
    segments.label,
    cast(members.alternative as integer) as alternative,
    {{ as_of() }} as as_of
from members
inner join segments
    on members.segment = segments.segment
