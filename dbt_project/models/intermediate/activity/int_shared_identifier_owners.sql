-- Whose an identifier that changed hands was at each moment by which its days are told apart.
with

identifier_activities as (
    select * from {{ ref('int_identifier_activities') }}
),

-- turns of an identifier follow each other without a gap; the first has no beginning
turns as (
    select
        source,
        identifier,
        lead_id,
        valid_from,
        row_number() over (partition by source, identifier order by valid_from asc nulls first) as turn
    from {{ ref('int_identifier_owners') }}
    where not is_sole_owner
),

moments as (
    select distinct
        identifier_activities.source,
        identifier_activities.identifier,
        identifier_activities.owner_known_at
    from identifier_activities
    semi join turns
        on
            identifier_activities.source = turns.source
            and identifier_activities.identifier = turns.identifier
),

timeline as (
    select
        source,
        identifier,
        owner_known_at as moment,
        0 as turns_more,
        true as is_asked_about
    from moments

    union all

    select
        source,
        identifier,
        valid_from as moment,
        1 as turns_more,
        false as is_asked_about
    from turns
    where valid_from is not null
),

-- one sort, where pairs of moments and turns would be the square of a busy device's people
counted as (
    select
        source,
        identifier,
        moment,
        is_asked_about,
        1 + sum(turns_more) over (partition by source, identifier order by moment) as turn
    from timeline
),

owners as (
    select
        counted.source,
        counted.identifier,
        counted.moment as owner_known_at,
        turns.lead_id
    from counted
    inner join turns
        on
            counted.source = turns.source
            and counted.identifier = turns.identifier
            and counted.turn = turns.turn
    where counted.is_asked_about
)

select * from owners
