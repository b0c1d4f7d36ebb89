-- A segment that asks for a misspelt fact has no members, and the programme behind it reaches nobody.
with

rules as (
    select * from {{ ref('segment_rules') }}
),

segments as (
    select * from {{ ref('segments') }}
),

facts as (
    select * from {{ ref('lead_facts') }}
),

topics as (
    select distinct topic
    from {{ ref('content_topics') }}
),

activities as (
    select distinct activity_type
    from {{ ref('event_types') }}
    where is_engagement
),

wrong_rules as (
    select
        'segment_rules' as seed,
        {{ dbt.concat(["rules.segment", "'/'", "rules.rule_id"]) }} as name,
        case
            when segments.segment is null then 'segment is not in segments'
            when facts.fact is null then 'fact is not in lead_facts'
            when rules.alternative is null then 'alternative is blank'
            when rules.operator not in ('in', 'like', 'between', 'known', 'unknown') then 'unknown operator'
            when rules.operator in ('in', 'like') and rules.value is null then 'value is blank'
            when rules.operator = 'between' and rules.range_from is null and rules.range_to is null then 'range is blank'
            when rules.range_to <= rules.range_from then 'range is empty'
        end as problem
    from rules
    left join segments
        on rules.segment = segments.segment
    left join facts
        on rules.fact = facts.fact
),

-- who fits all rules of one alternative needs no other that asks for more
dead_alternatives as (
    select
        'segment_rules' as seed,
        {{ dbt.concat(["rules.segment", "'/'", "rules.rule_id"]) }} as name,
        'says what another rule of the segment says' as problem
    from rules
    inner join rules as others
        on
            rules.segment = others.segment
            and rules.rule_id > others.rule_id
            and rules.fact = others.fact
            and rules.operator = others.operator
            and coalesce(rules.value, '') = coalesce(others.value, '')
            and rules.range_from is not distinct from others.range_from
            and rules.range_to is not distinct from others.range_to
),

asked_for as (
    select distinct fact
    from rules
),

empty_segments as (
    select
        'segments' as seed,
        segments.segment as name,
        'has no rule' as problem
    from segments
    anti join rules
        on segments.segment = rules.segment
),

wrong_facts as (
    select
        'lead_facts' as seed,
        facts.fact as name,
        case
            when facts.kind not in ('attribute', 'answer', 'computed', 'behaviour') then 'unknown kind'
            when facts.kind not in ('behaviour', 'answer') and facts.within_days is not null then 'only a behaviour or an answer has days'
            when facts.kind = 'behaviour' and coalesce(facts.within_days, 0) < 1 then 'within_days is below 1'
            when facts.activity_type is not null and activities.activity_type is null
                then 'activity_type is not an engagement in event_types'
            when facts.topic is not null and topics.topic is null then 'topic is not in content_topics'
            when facts.kind = 'behaviour' and asked_for.fact is null then 'no rule asks for it: it is counted for nothing'
        end as problem
    from facts
    left join activities
        on facts.activity_type = activities.activity_type
    left join topics
        on facts.topic = topics.topic
    left join asked_for
        on facts.fact = asked_for.fact
),

problems as (
    select * from wrong_rules
    union all
    select * from dead_alternatives
    union all
    select * from empty_segments
    union all
    select * from wrong_facts
)

select * from problems
where problem is not null
