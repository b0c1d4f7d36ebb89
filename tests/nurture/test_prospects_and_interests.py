"""The pool, its flow, interests and the record of segments against the same worlds read by plain Python."""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.scoring.examples import drawn
from tests.scoring.reference import records
from tests.sql_harness import CompiledProject

Row = dict[str, Any]
Tables = dict[str, list[Row]]

AS_OF = datetime(2026, 6, 1, 9)
TODAY = AS_OF.date()
LEADS = ("l1", "l2", "l3", "l4")
TOPICS = ("blog", "pricing", "product", "other")
CHANCES = st.integers(0, 10**9).map(random.Random)
MARTS = ("prospect_pool", "prospect_pool_flow", "interest_profile", "lead_segment_changes")
TEXT, TIME = "varchar", "timestamp"
FIELDS = ("email", "phone", "company", "website", "title", "industry", "country")
INPUTS: dict[str, dict[str, str]] = {
    "int_leads": {"lead_id": TEXT, "status": TEXT, "converted_at": TIME, "is_erased": "boolean"},
    "leads": {},
    "lead_engagement": {},
    "int_owner_spells": dict.fromkeys(("lead_id", "owner_id", "seen_in"), TEXT)
    | dict.fromkeys(("owned_from", "owned_to"), TIME),
    "int_lead_tasks": {"task_id": TEXT, "lead_id": TEXT, "created_at": TIME},
    "int_identified_activities": {
        **dict.fromkeys(("source", "channel", "identifier", "activity_type", "topic", "bot_reason", "lead_id"), TEXT),
        **{"activity_date": "date", "is_engagement": "boolean", "occurred_at": TIME, "quantity": "decimal(18, 4)"},
    },
    "lead_activity_daily": {
        **dict.fromkeys(("lead_id", "activity_type", "topic", "channel"), TEXT),
        **{"activity_date": "date", "activity_count": "bigint", "quantity": "decimal(18, 4)"},
    },
    "int_visitor_identities": {"anonymous_id": TEXT, "lead_id": TEXT, "identified_at": TIME},
    "int_contact_addresses": dict.fromkeys(("lead_id", "channel", "address"), TEXT),
    "int_content_views": {
        **dict.fromkeys(("source", "channel", "identifier", "content_id"), TEXT),
        **{"activity_date": "date", "first_at": TIME, "completed_at": TIME},
    },
    "stg_crm__leads": {"lead_id": TEXT, "valid_from": TIME} | dict.fromkeys(FIELDS, TEXT),
    "int_crm_records": {"record_key": TEXT, "record_type": TEXT, "valid_from": TIME} | dict.fromkeys(FIELDS, TEXT),
    "int_person_records": {"created_at": TIME}
    | dict.fromkeys(("record_key", "record_type", "record_id", "lead_id", "email", "phone"), TEXT),
    "stg_crm__lead_attributes": dict.fromkeys(("lead_id", "attribute", "value"), TEXT) | {"observed_at": TIME},
    "lead_segments": {},
}


@pytest.fixture(scope="module")
def nurture() -> Iterator[CompiledProject]:
    project = CompiledProject.compile(MARTS, inputs=INPUTS)
    yield project
    project.close()


def built(nurture: CompiledProject, marts: tuple[str, ...], tables: Tables, as_of: datetime = AS_OF) -> list[list[Row]]:
    frames = {name: pd.DataFrame(rows, dtype=object) for name, rows in tables.items() if rows}
    found = nurture.run(frames, as_of, marts)
    return [records(found[mart]) for mart in marts]


def past(chance: random.Random, days: int = 70) -> datetime:
    """A moment of the last days, often at midnight, never after now."""
    at = datetime.combine(TODAY - timedelta(days=chance.randrange(days)), time())
    return min(at + timedelta(seconds=chance.choice((0, 0, 3600, chance.randrange(86_400)))), AS_OF)


# the pool

REQUIREMENTS: list[Row] = [
    {"requirement": "contact", "requirement_rank": 1, "fields": "email|phone", "label": "no way to reach"},
    {"requirement": "company", "requirement_rank": 2, "fields": "company|website", "label": "no company"},
    {"requirement": "role", "requirement_rank": 3, "fields": "title", "label": "no title"},
]
PROMOTIONS: list[Row] = [
    {"rule_id": "r1", "kind": "visitor", "activity_type": "form_submitted", "at_least": 1, "within_days": 60},
    {"rule_id": "r2", "kind": "visitor", "activity_type": "page_viewed", "at_least": 4, "within_days": 30},
    {"rule_id": "r0", "kind": "visitor", "activity_type": "page_viewed", "at_least": 3, "within_days": 20}
    | {"topic": "pricing"},
    {"rule_id": "r3", "kind": "follower", "activity_type": "message_replied", "at_least": 1, "within_days": 60},
    {"rule_id": "r4", "kind": "mailbox", "activity_type": "email_clicked", "at_least": 3, "within_days": 30},
]
DID = {
    "web": ("page_viewed", "form_submitted"),
    "email": ("email_sent", "email_clicked", "email_opened"),
    "messaging": ("message_sent", "message_replied", "message_clicked"),
}
KINDS = {"web": "visitor", "email": "mailbox", "messaging": "follower"}


def draw_records(chance: random.Random, tables: Tables, lead: str) -> None:
    """A person has a lead record of its own name, or a second one, or a contact; each in some versions."""
    created = past(chance)
    for number, kind in enumerate(chance.choice((("lead",), ("lead", "lead"), ("lead", "contact"), ("contact",)))):
        record = f"{lead}{number}"
        told = {"record_key": f"{kind}:{record}", "record_type": kind}
        reached = {"record_id": record, "phone": chance.choice((None, "h1", " H2 ")), "email": None}
        tables["int_person_records"].append(told | reached | {"lead_id": lead, "created_at": created})
        if kind == "lead" and chance.random() < 0.3:
            fact = {"lead_id": record, "attribute": chance.choice(("wechat_id", "job")), "value": "h2"}
            tables["stg_crm__lead_attributes"].append(fact)
        created = past(chance)
        for _ in range(chance.choice((1, 1, 2))):
            known = {field: "x" for field in FIELDS if chance.random() < 0.45}
            since = {"valid_from": chance.choice((created, past(chance), AS_OF + timedelta(days=1)))}
            if kind == "lead":
                tables["stg_crm__leads"].append({"lead_id": record, **since, **known})
            else:
                since["valid_from"] = min(since["valid_from"], AS_OF)
                tables["int_crm_records"].append({**told, **since, **known})


def pool_world(chance: random.Random) -> Tables:
    tables: Tables = {name: [] for name in (*INPUTS, "pool_requirements", "pool_promotion_rules")}
    tables["pool_requirements"] = REQUIREMENTS
    tables["pool_promotion_rules"] = [rule | {"label": f"because {rule['rule_id']}"} for rule in PROMOTIONS]
    for lead in LEADS:
        converted = past(chance) if chance.random() < 0.3 else None
        who = {"lead_id": lead, "converted_at": converted}
        flags = {name: chance.random() < 0.1 for name in ("is_deleted", "is_test", "is_erased")}
        erased = {"is_erased": flags["is_erased"]}
        tables["int_leads"].append(who | erased | {"status": chance.choice(("Working", "new"))})
        tables["leads"].append(who | flags)
        did = {"active_days": chance.randrange(3), "activity_count": chance.randrange(9), "top_topic": "blog"}
        tables["lead_engagement"].append({"lead_id": lead, "first_activity_date": TODAY, **did})
        draw_records(chance, tables, lead)
        cuts = sorted({past(chance) for _ in range(chance.choice((0, 1, 3)))})
        for place, cut in enumerate(cuts):
            until = cuts[place + 1] if place + 1 < len(cuts) else None
            owner = chance.choice("uv")
            tables["int_owner_spells"].append(
                {"lead_id": lead, "owner_id": owner, "owned_from": cut, "owned_to": until}
            )
    for source, names in (("web", "abc"), ("email", ("m1", "m2")), ("messaging", ("h1", "h2"))):
        for name in names:
            owners = [(past(chance), lead) for lead in chance.sample(LEADS, chance.choice((0, 0, 1, 2)))]
            if source == "web":
                for at, lead in owners:
                    row = {"anonymous_id": name, "lead_id": lead, "identified_at": at}
                    tables["int_visitor_identities"].append(row)
            elif owners and chance.random() < 0.5:
                channel = chance.choice(("sms", "wechat")) if source == "messaging" else "email"
                row = {"lead_id": owners[0][1], "channel": channel, "address": name}
                tables["int_contact_addresses"].append(row)
            for _ in range(chance.randrange(7)):
                at = past(chance)
                # a device is back-filled to its first owner; an address is its owner's at all times
                held_by = owners[0][1] if owners and chance.random() < 0.8 else None
                activity = chance.choice(DID[source])
                tables["int_identified_activities"].append(
                    {
                        **{"source": source, "identifier": name, "lead_id": held_by, "activity_date": at.date()},
                        "channel": chance.choice(("sms", "wechat")) if source == "messaging" else source,
                        **{"activity_type": activity, "topic": chance.choice(TOPICS), "occurred_at": at},
                        "is_engagement": not activity.endswith("_sent"),
                        "bot_reason": chance.choice((None, None, None, "scanner")),
                    }
                )
    return tables


def somebodys_addresses(tables: Tables) -> set[str]:
    """By whatever record; of those who asked to be forgotten too: in the pool they would be told again, as nobody's."""
    people = {row["record_id"] for row in tables["int_person_records"] if row["record_type"] == "lead"}
    told = {
        row["value"]
        for row in tables["stg_crm__lead_attributes"]
        if row["lead_id"] in people and row["attribute"] == "wechat_id"
    }
    told |= {row["phone"] for row in tables["int_person_records"] if row["phone"]}
    return {address.strip().lower() for address in told} | {row["address"] for row in tables["int_contact_addresses"]}


def prospects_of(tables: Tables, ownership: list[Row]) -> list[Row]:
    """Everybody who was ever in the pool: kind, id, when and how it ended."""
    found: list[Row] = []
    human = [row for row in tables["int_identified_activities"] if row["is_engagement"] and row["bot_reason"] is None]
    somebodys = somebodys_addresses(tables)
    for source, name in sorted({(row["source"], row["identifier"]) for row in human}):
        mine = [row for row in human if (row["source"], row["identifier"]) == (source, name)]
        said = [row["identified_at"] for row in tables["int_visitor_identities"] if row["anonymous_id"] == name]
        if source != "web":
            mine = [row for row in mine if row["lead_id"] is None]
            said = []
        if not mine or (source != "web" and name in somebodys):
            continue
        entered, left = min(row["occurred_at"] for row in mine), min(said, default=None)
        if left is None or left > entered:
            found.append({"kind": KINDS[source], "prospect_id": name, "entered_at": entered, "left_at": left})
            found[-1] |= {"lead_id": None, "left_as": "identified" if left else None, "missing": []}
    for person in tables["leads"]:
        lead, converted = person["lead_id"], person["converted_at"]
        if person["is_deleted"] or person["is_test"] or person["is_erased"]:
            continue
        mine = [row for row in tables["int_person_records"] if row["lead_id"] == lead]
        versions = [
            row
            for row in tables["stg_crm__leads"]
            if f"lead:{row['lead_id']}" in {one["record_key"] for one in mine} and row["valid_from"] <= AS_OF
        ]
        versions += [
            row for row in tables["int_crm_records"] if row["record_key"] in {one["record_key"] for one in mine}
        ]
        entered = min(row["created_at"] for row in mine)
        missing, met = [], [entered]
        for wanted in REQUIREMENTS:
            since = [
                row["valid_from"] for row in versions if any(row.get(name) for name in wanted["fields"].split("|"))
            ]
            met += [min(since)] if since else []
            missing += [] if since else [wanted]
        ends = [] if missing else [(max(met), "completed")]
        ends += [(converted, "converted")] if converted else []
        left, left_as = min(ends, default=(None, None))
        kind = "out_of_reach" if any(one["requirement"] == "contact" for one in missing) else "incomplete"
        if left is None or left > entered:
            found.append({"kind": kind, "prospect_id": lead, "lead_id": lead, "entered_at": entered})
            found[-1] |= {"left_at": left, "left_as": left_as, "missing": missing}
        for spell in ownership:
            if spell["lead_id"] != lead or spell["reclaimed_at"] is None:
                continue
            ends = [(spell["owned_to"], "assigned")] if spell["owned_to"] else []
            ends += [(converted, "converted")] if converted and converted >= spell["reclaimed_at"] else []
            left, left_as = min(ends, default=(None, None))
            if left is None or left > spell["reclaimed_at"]:
                found.append({"kind": "reclaimed", "prospect_id": lead, "lead_id": lead, "missing": missing})
                found[-1] |= {"entered_at": spell["reclaimed_at"], "left_at": left, "left_as": left_as}
                found[-1] |= {"previous_owner_id": spell["owner_id"]}
    return found


def promotion_of(tables: Tables, prospect: Row, mine: list[Row]) -> str | None:
    """The first rule of its kind, by name, for which it did enough lately."""
    for rule in sorted(PROMOTIONS, key=lambda row: row["rule_id"]):
        counted = [
            row
            for row in mine
            if row["activity_type"] == rule["activity_type"]
            and rule.get("topic") in (None, row["topic"])
            and (TODAY - row["activity_date"]).days < rule["within_days"]
        ]
        if rule["kind"] == prospect["kind"] and len(counted) >= rule["at_least"]:
            return str(rule["rule_id"])
    return None


@drawn(100)
@given(chance=CHANCES)
def test_the_pool_is_who_is_known_and_no_lead_to_work_on(nurture: CompiledProject, chance: random.Random) -> None:
    # Customers stood in the pool for want of a title, and the number of somebody who is forgotten as nobody's.
    tables = pool_world(chance)
    pool, flow, ownership = built(nurture, ("prospect_pool", "prospect_pool_flow", "lead_ownership"), tables)
    everybody = prospects_of(tables, ownership)
    expected = {}
    for one in everybody:
        if one["left_at"] is not None:
            continue
        missing = one["missing"]
        first = missing[0]["label"] if missing else None
        told: Row = {"lead_id": one["lead_id"], "entered_at": one["entered_at"], "missing_count": len(missing)}
        told |= {"first_missing": first if one["lead_id"] else "who it is", "promotion_rule": None}
        told |= {"previous_owner_id": one.get("previous_owner_id")}
        if one["lead_id"]:
            (did,) = [row for row in tables["lead_engagement"] if row["lead_id"] == one["lead_id"]]
            told |= {name: did[name] for name in ("active_days", "activity_count", "top_topic")}
        else:
            mine = [
                row
                for row in tables["int_identified_activities"]
                if KINDS[row["source"]] == one["kind"] and row["identifier"] == one["prospect_id"]
                if row["is_engagement"] and row["bot_reason"] is None and row["lead_id"] is None
            ]
            topics = Counter[str](row["topic"] for row in mine)
            del topics["other"]
            told |= {"active_days": len({row["activity_date"] for row in mine}), "activity_count": len(mine)}
            told |= {"top_topic": min(topics, key=lambda name: (-topics[name], name), default=None)}
            told |= {"promotion_rule": promotion_of(tables, one, mine)}
        expected[one["kind"], one["prospect_id"]] = told
    found = {(row["kind"], row["prospect_id"]): row for row in pool}
    assert found.keys() == expected.keys()
    for key, told in expected.items():
        assert {name: found[key][name] for name in told} == told, key
        rule = told["promotion_rule"]
        assert (found[key]["is_promotable"], found[key]["promotion_reason"]) == (bool(rule), rule and f"because {rule}")

    moves = Counter[tuple[str, date, str]]()
    for one in everybody:
        for at, way in ((one["entered_at"], "entered"), (one["left_at"], one["left_as"])):
            if at is not None:
                moves[one["kind"], at.date() - timedelta(days=at.weekday()), way] += 1
    weeks = {(kind, week) for kind, week, _ in moves}
    assert {(row["kind"], row["week"]) for row in flow} == weeks
    for row in flow:
        ways = ("entered", "identified", "completed", "assigned", "converted")
        counted = {way: moves[row["kind"], row["week"], way] for way in ways}
        assert {way: row[f"{way}_count"] for way in ways} == counted
        sunday = datetime.combine(row["week"] + timedelta(days=7), time())
        inside = [
            one
            for one in everybody
            if one["kind"] == row["kind"] and one["entered_at"] < sunday
            if one["left_at"] is None or one["left_at"] >= sunday
        ]
        assert row["pool_size"] == len(inside)


# interests

CONTACT = ("email_sent", "email_delivered", "message_sent")
ANSWER = {"email_opened": "0.25", "email_clicked": "1", "message_replied": "2"}
INTEREST = {
    "email_clicked": "3",
    "message_clicked": "3",
    "page_viewed": "1",
    "video_watched": "0.5",
    "file_downloaded": "5",
}


def interest_world(chance: random.Random) -> Tables:
    tables: Tables = {name: [] for name in INPUTS}
    tables["int_leads"] = [{"lead_id": lead} for lead in LEADS[:3]]
    tables["nurture_activities"] = [
        {"activity_type": name, "is_contact": name in CONTACT, "response_points": ANSWER.get(name)}
        | {"interest_points": INTEREST.get(name)}
        for name in {*CONTACT, *ANSWER, *INTEREST, "form_submitted"}
    ]
    contents = [{"content_id": f"c{n}", "topic": chance.choice(TOPICS[:3])} for n in range(3)]
    tables["nurture_contents"] = contents
    tables["nurture_settings"] = [
        {"interest_half_life_days": chance.choice((7, 45)), "response_half_life_days": chance.choice((10, 90))}
        | {"interest_kept": chance.choice((1, 2, 5)), "repeat_percent": 10, "completion_points": 8}
        | {"repeat_days_most": chance.choice((0, 1, 3)), "prior_contacts": 4, "prior_response_points": 1}
    ]
    # whose each identifier is; a handle without an owner is found by its address, which two may share
    names = {"e1": "email", "e2": "email", "d1": "web", "h1": "messaging"}
    tables["int_contact_addresses"] = [
        {"lead_id": lead, "channel": "wechat", "address": "h1"}
        for lead in chance.sample(LEADS[:3], chance.randrange(3))
    ]
    owners: dict[str, str | None] = {name: chance.choice((None, *LEADS[:2])) for name in ("e1", "e2", "h1")}
    for name, source in names.items():
        for day in {past(chance, 40).date() for _ in range(chance.randrange(6))}:
            # on some days a device is used by two people, one after the other
            both: list[str | None] = [*chance.sample(LEADS[:3], chance.choice((1, 2)))]
            users = both if source == "web" else [owners[name]]
            happened = []
            for user in users:
                for _ in range(chance.randrange(4)):
                    own = {
                        "web": ("page_viewed", "video_watched", "file_downloaded"),
                        "messaging": ("message_sent", "message_clicked"),
                    }
                    mail = ("email_sent", "email_delivered", "email_opened", "email_clicked")
                    activity = chance.choice(own.get(source, mail) + (("message_replied",) if name == "h1" else ()))
                    at = datetime.combine(day, time(chance.randrange(9), chance.randrange(60)))
                    happened.append(
                        {
                            **{"source": source, "identifier": name, "lead_id": user, "activity_date": day},
                            "channel": {"messaging": "wechat"}.get(source, source),
                            **{"activity_type": activity, "topic": chance.choice(TOPICS), "occurred_at": at},
                            **{"bot_reason": chance.choice((None, None, None, "scanner")), "is_engagement": True},
                            "quantity": chance.choice((1, 2, "0.5")),
                        }
                    )
            tables["int_identified_activities"] += happened
            if source == "web" and happened and chance.random() < 0.7:
                at = datetime.combine(day, time(chance.randrange(9)))
                view = {"source": source, "channel": source, "identifier": name, "activity_date": day, "first_at": at}
                view |= {"content_id": chance.choice(contents)["content_id"]}
                tables["int_content_views"].append(view | {"completed_at": chance.choice((None, at))})
    tables["lead_activity_daily"] = [
        {name: (row | {"activity_count": 1})[name] for name in INPUTS["lead_activity_daily"]}
        for row in tables["int_identified_activities"]
        if row["lead_id"] is not None and row["bot_reason"] is None
    ]
    return tables


def fading(day: date, half_life: int) -> float:
    return float(0.5 ** ((TODAY - day).days / half_life))


def four_places(number: float) -> Decimal:
    return Decimal(repr(round(number, 9))).quantize(Decimal("0.0001"), ROUND_HALF_UP)


def interests_of(tables: Tables, lead: str) -> dict[tuple[str, str], tuple[Decimal, int, date | None]]:
    """Score, days and last day of all that a lead prefers."""
    settings = tables["nurture_settings"][0]
    half_life = settings["interest_half_life_days"]
    human = [row for row in tables["int_identified_activities"] if row["bot_reason"] is None]
    handles = {(row["address"], row["lead_id"]) for row in tables["int_contact_addresses"]}
    topics: dict[str, list[tuple[date, float]]] = defaultdict(list)
    for row in human:
        # what came from a handle that identity does not know is of all who have it
        is_hers = row["lead_id"] == lead or (row["lead_id"] is None and (row["identifier"], lead) in handles)
        if is_hers and row["topic"] != "other" and row["activity_type"] in INTEREST:
            points = float(INTEREST[row["activity_type"]]) * float(row["quantity"])
            topics[row["topic"]].append((row["activity_date"], points * fading(row["activity_date"], half_life)))
    for content in tables["nurture_contents"]:
        # what it read to the end itself: neither a robot nor who else used the device, and once
        ends = [
            view["activity_date"]
            for view in tables["int_content_views"]
            if view["content_id"] == content["content_id"] and view["completed_at"]
            if any(
                (row["identifier"], row["activity_date"], row["lead_id"])
                == (view["identifier"], view["activity_date"], lead)
                for row in human
            )
        ]
        if ends:
            topics[content["topic"]].append((max(ends), settings["completion_points"] * fading(max(ends), half_life)))
    told: dict[tuple[str, str], tuple[Decimal, int, date | None]] = {}
    for topic, depths in topics.items():
        days = {day for day, _ in depths}
        again = min(len(days) - 1, settings["repeat_days_most"])
        points = sum(points for _, points in depths) * (100 + settings["repeat_percent"] * again) / 100
        told["topic", topic] = (four_places(points), len(days), max(days))

    held = {row["address"] for row in tables["int_contact_addresses"] if row["lead_id"] == lead}
    mine = [
        row
        for row in human
        if row["lead_id"] == lead
        or (row["lead_id"] is None and row["channel"] == "wechat" and row["identifier"] in held)
    ]
    half_life = settings["response_half_life_days"]
    hours: dict[str, list[tuple[date, float]]] = defaultdict(list)
    for channel in ("email", "wechat", "web"):
        contacts: dict[date, Counter[str]] = defaultdict(Counter)
        answers: list[tuple[date, float]] = []
        for row in mine:
            day, activity = row["activity_date"], row["activity_type"]
            if row["channel"] == channel and activity in CONTACT:
                contacts[day][activity] += 1
            if row["channel"] == channel and activity in ANSWER:
                points = float(ANSWER[activity]) * fading(day, half_life)
                answers.append((day, points))
                hours[str(row["occurred_at"].hour)].append((day, points))
        if contacts or answers:
            sent = sum(max(types.values()) * fading(day, half_life) for day, types in contacts.items())
            rate = (sum(points for _, points in answers) + 1) / (sent + 4)
            days = {day for day, _ in answers}
            told["channel", channel] = (four_places(rate), len(days), max(days, default=None))
    for hour, times in hours.items():
        days = {day for day, _ in times}
        told["hour", hour] = (four_places(sum(points for _, points in times)), len(days), max(days))
    return told


@drawn(120)
@given(chance=CHANCES)
def test_interest_is_what_the_person_itself_went_into(nurture: CompiledProject, chance: random.Random) -> None:
    # Two people at one device: what the one read to its end was the other's favourite topic.
    tables = interest_world(chance)
    (found,) = built(nurture, ("interest_profile",), tables)
    kept = tables["nurture_settings"][0]["interest_kept"]
    for lead in LEADS[:3]:
        told = interests_of(tables, lead)
        for aspect in ("topic", "channel", "hour"):
            mine = {value: entry for (own, value), entry in told.items() if own == aspect}
            ranked = sorted(mine, key=lambda value: (-mine[value][0], value))[:kept]
            rows = [row for row in found if (row["lead_id"], row["aspect"]) == (lead, aspect)]
            rows.sort(key=lambda row: row["preference_rank"])
            assert [row["value"] for row in rows] == ranked, (lead, aspect, mine)
            assert [row["preference_rank"] for row in rows] == list(range(1, len(ranked) + 1))
            for row in rows:
                score, days, last = mine[row["value"]]
                assert float(row["score"]) == pytest.approx(float(score), abs=2e-4), row
                assert (row["active_days"], row["last_date"]) == (days, last), row


# the record of segments


def told_of(nurture: CompiledProject, at: datetime, members: set[tuple[str, str]], history: list[Row]) -> list[Row]:
    """The record after a night on which these were in."""
    rows = [{"lead_id": lead, "segment": segment, "as_of": at} for lead, segment in members]
    tables: Tables = {"lead_segments": rows, "lead_segment_changes": history}
    (grown,) = built(nurture, ("lead_segment_changes",), tables, at)
    return grown


@drawn(100)
@given(chance=CHANCES)
def test_the_record_of_segments_says_who_was_in_when(nurture: CompiledProject, chance: random.Random) -> None:
    # A replay of last week wrote that leads had entered segments, which they left again at the next night.
    history: list[Row] = []
    nights: dict[datetime, set[tuple[str, str]]] = {}
    for number in range(chance.choice((3, 6))):
        members = {(lead, segment) for lead in LEADS for segment in "ab" if chance.random() < 0.5}
        if nights and chance.random() < 0.2:
            members = nights[max(nights)]
        at = AS_OF + timedelta(days=number)
        is_replay = bool(nights) and chance.random() < 0.3
        if is_replay:
            # of the last night, of a moment before one that told something, or of before the first
            at = max(nights)
            members = nights[at] if chance.random() < 0.4 else members
            if members != nights[at] or not history:
                told_at = chance.choice([row["changed_at"] for row in history[-3:]] or [AS_OF])
                at = chance.choice((told_at - timedelta(hours=1), AS_OF - timedelta(days=1)))
        grown = told_of(nurture, at, members, history)
        assert all(row in grown for row in history), "what was told was taken back"
        if is_replay:
            assert len(grown) == len(history), "a replay of the past wrote history"
        else:
            nights[at] = members
            if chance.random() < 0.3:
                # a new segment, and the night once more
                nights[at] = members | {(chance.choice(LEADS), f"c{number}")}
                grown = told_of(nurture, at, nights[at], grown)
        history = grown
        keys = [(row["lead_id"], row["segment"], row["changed_at"]) for row in history]
        assert len(keys) == len(set(keys))
        # whoever reads the record up to a night finds who was in on that night
        for night, told in nights.items():
            last: dict[tuple[str, str], str] = {}
            for row in sorted(history, key=lambda row: row["changed_at"]):
                if row["changed_at"] <= night:
                    last[row["lead_id"], row["segment"]] = row["change"]
            assert {key for key, change in last.items() if change == "entered"} == told
