-- Who owned a lead from when to when, by the CRM's field history and by the differences between versions of the record.
with

person_records as (
    select * from {{ ref('int_person_records') }}
    where record_type = 'lead'
),

-- of several records of a person, the one that counts
counting_records as (
    select
        lead_id,
        min_by(record_id, value_rank) as record_id
    from person_records
    group by lead_id
),

history as (
    select * from {{ ref('stg_crm__lead_history') }}
    where {{ lower_case('field') }} = 'owner_id' and changed_at <= {{ as_of() }}
),

versions as (
    select * from {{ ref('stg_crm__leads') }}
    where valid_from <= {{ as_of() }}
),

sightings as (
    select
        lead_id as record_id,
        changed_at as seen_at,
        new_value as owner_id,
        'history' as seen_in
    from history

    union all

    select
        lead_id as record_id,
        valid_from as seen_at,
        owner_id,
        'record' as seen_in
    from versions
),

-- of one moment the history knows better
moments as (
    select
        counting_records.lead_id,
        sightings.seen_at,
        -- nobody is an answer too: engines leave nulls out
        nullif(
            min_by(coalesce(sightings.owner_id, ''), {{ dbt.concat(["sightings.seen_in", "coalesce(sightings.owner_id, '')"]) }}), ''
        ) as owner_id,
        min(sightings.seen_in) as seen_in
    from sightings
    inner join counting_records
        on sightings.record_id = counting_records.record_id
    group by counting_records.lead_id, sightings.seen_at
),

with_previous as (
    select
        *,
        lag(coalesce(owner_id, '')) over (partition by lead_id order by seen_at) as previous_owner_id
    from moments
),

changes as (
    select
        lead_id,
        owner_id,
        seen_at as owned_from,
        lead(seen_at) over (partition by lead_id order by seen_at) as owned_to,
        seen_in
    from with_previous
    where previous_owner_id is null or previous_owner_id <> coalesce(owner_id, '')
)

select * from changes
where owner_id is not null
