"""How well robots, persons and devices are recognised, measured against what the simulation knows."""

from __future__ import annotations

import pytest

from tests.end_to_end.conftest import AS_OF, SEEDS
from tests.end_to_end.leadhouse import Leadhouse

# Floors, somewhat below what is measured now: recognition must not get worse unnoticed.
FLOORS = {"robots": (0.99, 0.88), "persons": (0.985, 0.93), "devices": (0.995, 0.99)}

ROBOTS = """
with judged as (
    select activities.is_bot as said, truth.is_bot as so
    from intermediate.int_activities as activities
    inner join (select distinct source, event_id, is_bot from '{truth}/events.parquet') as truth
        on activities.activity_id = truth.source || ':' || truth.event_id
)
"""

# Every two records of the CRM: whether they were found to be, and whether they are, one person.
PERSONS = """
with records as (
    select identities.lead_id, truth.person_id, truth.record_type || truth.record_id as record
    from '{truth}/people.parquet' as truth
    inner join intermediate.int_identities as identities
        on identities.identifier_type = truth.record_type and identities.identifier = truth.record_id
),

judged as (
    select records.lead_id = others.lead_id as said, records.person_id = others.person_id as so
    from records
    inner join records as others on records.record < others.record
)
"""

# A person's events on a device that named somebody at some time: who they are said to be, and who they are of.
DEVICES = """
with people as (
    select identities.lead_id, min(truth.person_id) as person_id
    from '{truth}/people.parquet' as truth
    inner join intermediate.int_identities as identities
        on identities.identifier_type = truth.record_type and identities.identifier = truth.record_id
    group by identities.lead_id
),

visits as (
    select
        activities.event_id,
        people.person_id as said_person,
        devices.person_id as true_person
    from intermediate.int_activities as activities
    inner join '{truth}/events.parquet' as events
        on events.source = 'web' and activities.activity_id = 'web:' || events.event_id and not events.is_bot
    inner join '{truth}/devices.parquet' as devices
        on activities.identifier = devices.anonymous_id
        and (devices."from" is null or activities.occurred_at >= devices."from")
        and (devices."to" is null or activities.occurred_at < devices."to")
    left join people on activities.lead_id = people.lead_id
    where activities.channel = 'web'
        and activities.identifier in (select anonymous_id from intermediate.int_visitor_identities)
)

"""
DEVICE_FIGURES = """
select
    count(*) filter (where said_person = true_person) as right_ones,
    count(said_person) as said,
    count(true_person) as so
from visits
"""
FIGURES = """
select
    count(*) filter (where said and so) as right_ones,
    count(*) filter (where said) as said,
    count(*) filter (where so) as so
from judged
"""
QUERIES = {"robots": ROBOTS + FIGURES, "persons": PERSONS + FIGURES, "devices": DEVICES + DEVICE_FIGURES}


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("kind", QUERIES)
def test_precision_and_recall(
    kind: str, seed: int, companies: dict[int, Leadhouse], capsys: pytest.CaptureFixture[str]
) -> None:
    (figures,) = companies[seed].query(QUERIES[kind])
    assert figures["so"] > 50, f"the simulation has too few {kind} to say anything: {figures}"
    precision = figures["right_ones"] / figures["said"]
    recall = figures["right_ones"] / figures["so"]
    with capsys.disabled():
        print(f"\n{kind:<8} seed {seed}: precision {precision:.3f}, recall {recall:.3f} of {figures['so']:,}", end=" ")
    assert precision >= FLOORS[kind][0], f"{kind}: {figures['said'] - figures['right_ones']} were wrongly said to be"
    assert recall >= FLOORS[kind][1], f"{kind}: {figures['so'] - figures['right_ones']} were missed"


# What became of a person: the stages that its lead was ever in, and who gets the credit for it.
FATES = """
with people as (
    select distinct identities.lead_id, truth.person_id
    from '{truth}/people.parquet' as truth
    inner join intermediate.int_identities as identities
        on identities.identifier_type = truth.record_type and identities.identifier = truth.record_id
),

stages as (
    select
        people.person_id,
        bool_or(stages.kind = 'customer') as bought,
        bool_or(stages.kind = 'recycle') as recycled,
        bool_or(stages.kind = 'exit' and left_stages.kind = 'customer') as churned
    from marts.lead_stage_changes as changes
    inner join people on changes.lead_id = people.lead_id
    inner join seeds.lifecycle_models as models
        on changes.lifecycle_model = models.lifecycle_model and models.is_default
    inner join seeds.lifecycle_stages as stages
        on changes.lifecycle_model = stages.lifecycle_model and changes.to_stage = stages.stage
    left join seeds.lifecycle_stages as left_stages
        on changes.lifecycle_model = left_stages.lifecycle_model and changes.from_stage = left_stages.stage
    group by people.person_id
),

credited as (
    select people.person_id, max(referrers.person_id) as referrer
    from marts.referrals as referrals
    inner join people on referrals.lead_id = people.lead_id
    inner join people as referrers on referrals.referrer_lead_id = referrers.lead_id
    where referrals.is_credited
    group by people.person_id
)

select
    unnest(['bought', 'recycled', 'churned', 'referred']) as fate,
    unnest([
        coalesce(stages.bought, false), coalesce(stages.recycled, false), coalesce(stages.churned, false),
        credited.referrer is not null
    ]) as said,
    unnest([
        coalesce(truth.bought_at < '{as_of}', false), truth.recycled_at is not null,
        coalesce(truth.cancelled_at < '{as_of}', false), truth.referred_by is not null
    ]) as so,
    coalesce(credited.referrer = truth.referred_by, true) as is_the_same
from '{truth}/persons.parquet' as truth
left join stages on truth.person_id = stages.person_id
left join credited on truth.person_id = credited.person_id
"""
FATE_FLOORS = {"bought": (0.99, 0.97), "recycled": (0.99, 0.85), "churned": (0.99, 0.85), "referred": (0.97, 0.9)}


@pytest.mark.parametrize("fate", FATE_FLOORS)
def test_what_became_of_people_is_known(
    fate: str, companies: dict[int, Leadhouse], capsys: pytest.CaptureFixture[str]
) -> None:
    # Leads that had bought or were given back stayed where sales had them last, and were called again.
    query = FATES.replace("{as_of}", AS_OF)
    rows = [row for company in companies.values() for row in company.query(query) if row["fate"] == fate]
    right = sum(row["said"] and row["so"] and (fate != "referred" or row["is_the_same"]) for row in rows)
    said, so = sum(row["said"] for row in rows), sum(row["so"] for row in rows)
    with capsys.disabled():
        print(f"\n{fate:<9}: {right} of {so}, {said} said", end=" ")
    assert so, "the simulation has nobody of the kind"
    assert right >= FATE_FLOORS[fate][0] * said
    assert right >= FATE_FLOORS[fate][1] * so


@pytest.mark.parametrize("seed", SEEDS)
def test_each_piece_of_planted_dirt_meets_its_fate(seed: int, companies: dict[int, Leadhouse]) -> None:
    """By raw table, as many rows are quarantined as were planted to be, and no clean row with them."""
    planted = companies[seed].query(
        """
        select source, table_name, sum(expected)::bigint as rows
        from '{truth}/dirt.parquet' where outcome in ('quarantined', 'rejected') group by all order by all
        """
    )
    found = companies[seed].query(
        "select source, table_name, count(*) as rows from marts.quarantined_rows group by all order by all"
    )
    assert found == planted
