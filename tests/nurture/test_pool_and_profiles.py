"""Reclaims, segments, referrals, questions and results against the same worlds read by plain Python, lead by lead."""

from __future__ import annotations

import fnmatch
import math
import random
import statistics
from collections.abc import Iterator
from datetime import datetime, timedelta
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
START = datetime(2026, 3, 1)
LEADS = ("l1", "l2", "l3", "l4", "l5")
CHANCES = st.integers(0, 10**9).map(random.Random)
MARTS = ("lead_ownership", "lead_segments", "int_lead_programs", "referrals", "profile_gaps", "nurture_results")
TEXT, TIME = "varchar", "timestamp"
INPUTS: dict[str, dict[str, str]] = {
    "int_leads": {"lead_id": TEXT, "status": TEXT, "created_at": TIME, "converted_at": TIME, "is_erased": "boolean"},
    "int_person_records": {"lead_id": TEXT, "record_type": TEXT, "record_id": TEXT, "value_rank": "integer"},
    "stg_crm__lead_history": {"lead_id": TEXT, "field": TEXT, "changed_at": TIME, "new_value": TEXT},
    "stg_crm__leads": {"lead_id": TEXT, "valid_from": TIME, "owner_id": TEXT},
    "int_lead_tasks": {"task_id": TEXT, "lead_id": TEXT, "created_at": TIME},
    "interest_profile": {},
    "int_behaviour_counts": {"lead_id": TEXT, "fact": TEXT, "activity_count": "bigint"},
    "stg_crm__opportunity_contacts": {"contact_id": TEXT, "role": TEXT},
    "lead_grades": {},
    "lead_lifecycle": {},
    "lead_stage_changes": {},
    "int_told_values": {"lead_id": TEXT, "attribute": TEXT, "value": TEXT, "observed_at": TIME},
    "int_nurture_touches": {"lead_id": TEXT, "referral_code": TEXT, "occurred_at": TIME},
    "int_identities": {"lead_id": TEXT, "identifier_type": TEXT, "identifier": TEXT},
    "int_lead_attributes": {"lead_id": TEXT, "attribute": TEXT, "value": TEXT},
    "int_attribute_points": {"lead_id": TEXT, "criterion": TEXT, "attribute": TEXT, "points": "decimal(18, 4)"},
    "nurture_enrolments": {},
    "int_step_sends": {"lead_id": TEXT, "program": TEXT, "step": "integer"}
    | dict.fromkeys(("first_sent_at", "last_sent_at"), TIME)
    | dict.fromkeys(("send_count", "response_count"), "bigint"),
    "int_answered_activity": {"lead_id": TEXT, "activity_date": "date", "activity_type": TEXT},
}


@pytest.fixture(scope="module")
def nurture() -> Iterator[CompiledProject]:
    project = CompiledProject.compile(MARTS, inputs=INPUTS)
    yield project
    project.close()


def built(nurture: CompiledProject, mart: str, tables: Tables) -> list[Row]:
    frames = {name: pd.DataFrame(rows, dtype=object) for name, rows in tables.items() if rows}
    return records(nurture.run(frames, AS_OF, [mart])[mart])


def moment(chance: random.Random, days: float = 90) -> datetime:
    """Often at midnight, so that things fall on the edge of a day together."""
    at = START + timedelta(days=chance.randrange(int(days)))
    return at + timedelta(seconds=chance.choice((0, 0, 1, chance.randrange(86_400))))


# reclaims


def draw_owners(chance: random.Random, lead: str, cuts: list[datetime], tables: Tables) -> list[Row]:
    """Owner changes by one route or another: the field history, the record itself, both; what comes of them."""
    for rank in (1, 2):
        record = {"lead_id": lead, "record_type": "lead", "record_id": f"{lead}-{rank}", "value_rank": rank}
        tables["int_person_records"].append(record)

    def tell(route: str, at: datetime, owner: str | None, rank: int = 1) -> None:
        row: Row = {"lead_id": f"{lead}-{rank}"}
        if route == "history":
            told = {"field": chance.choice(("owner_id", "Owner_Id")), "changed_at": at, "new_value": owner}
            tables["stg_crm__lead_history"].append(row | told)
        else:
            tables["stg_crm__leads"].append(row | {"valid_from": at, "owner_id": owner})

    seen: list[tuple[datetime, str | None]] = []
    for cut in cuts:
        owner = chance.choice(("u", "v", "v", None))
        route = chance.choice(("history", "record", "both"))
        tell("record" if route == "record" else "history", cut, owner)
        if route == "both":
            # of one moment the history knows better
            tell("record", cut, chance.choice(("u", "v", None)))
        if not seen or seen[-1][1] != owner:
            seen.append((cut, owner))
    # what is told of another record or of later on, or of another field, changes nothing
    tell("record", moment(chance), "w", rank=2)
    tell("history", AS_OF + timedelta(hours=1), "w")
    tables["stg_crm__lead_history"].append({"lead_id": f"{lead}-1", "field": "status", "changed_at": cuts[0]})
    ends = [at for at, _ in seen[1:]] + [None]
    return [
        {"lead_id": lead, "owner_id": owner, "owned_from": at, "owned_to": end}
        for (at, owner), end in zip(seen, ends, strict=True)
        if owner
    ]


@drawn(80)
@given(chance=CHANCES)
def test_a_lead_is_taken_back_when_its_owner_let_it_lie(nurture: CompiledProject, chance: random.Random) -> None:
    # An owner lost, and was locked out of, leads that had been converted long before the ten days were over. One who
    # had handed a lead on by an import and not by hand still counted as its owner.
    leads: list[Row] = []
    spells: list[Row] = []
    tasks: list[Row] = []
    tables: Tables = {"int_person_records": [], "stg_crm__lead_history": [], "stg_crm__leads": []}
    tables |= {"int_leads": leads, "int_lead_tasks": tasks}
    for lead in LEADS:
        converted = moment(chance) if chance.random() < 0.3 else None
        leads.append({"lead_id": lead, "status": chance.choice(("Working", "new", "contacted "))})
        leads[-1]["converted_at"] = converted
        cuts = sorted({moment(chance) for _ in range(chance.randint(1, 4))})
        spells += draw_owners(chance, lead, cuts, tables)
        for number in range(chance.choice((0, 2, 10))):
            near = chance.choice(cuts) + timedelta(days=chance.choice((3, 9, 10, 12, 13, 15, 16, 20, 21)))
            tasks.append({"task_id": f"{lead}{number}", "lead_id": lead, "created_at": min(near, AS_OF)})
    found = {(row["lead_id"], row["owned_from"]): row for row in built(nurture, "lead_ownership", tables)}
    who = {row["lead_id"]: row for row in leads}
    locked: dict[tuple[str, str], datetime] = {}
    for spell in sorted(spells, key=lambda row: row["owned_from"]):
        person, begin, end = who[spell["lead_id"]], spell["owned_from"], spell["owned_to"]
        row = found.pop((spell["lead_id"], begin), None)
        converted = person["converted_at"]
        is_watched = end is not None or person["status"].strip().lower() in ("working", "contacted")
        if not is_watched or (converted is not None and converted <= begin):
            assert row is None
            continue
        due, touched = begin + timedelta(days=10), 0
        for task in sorted(tasks, key=lambda row: row["created_at"]):
            if task["lead_id"] == spell["lead_id"] and begin <= task["created_at"] < min(due, end or datetime.max):
                touched += 1
                due = begin + timedelta(days=min(10 + 3 * touched, 20))
        stops = [stop for stop in (AS_OF, end, converted) if stop is not None]
        taken = due if all(due <= stop for stop in stops) else None
        assert row is not None
        told = (row["touch_count"], row["reclaim_due_at"], row["reclaimed_at"])
        assert told == (touched, due, taken), spell
        key = (spell["lead_id"], spell["owner_id"])
        assert row["is_back_too_soon"] == (begin < locked.get(key, datetime.min)), spell
        if taken:
            locked[key] = max(taken + timedelta(days=30), locked.get(key, datetime.min))
    assert not found


# segments

VALUES = ("12", "7.5", "many", " VIP", "vip", "head of sales", "100", "0")


@drawn(100)
@given(chance=CHANCES)
def test_a_lead_is_in_the_segments_whose_rules_fit_it(nurture: CompiledProject, chance: random.Random) -> None:
    rules: list[Row] = []
    for number in range(chance.randint(1, 8)):
        operator = chance.choice(("in", "like", "between", "known", "unknown"))
        rule: Row = {"segment": chance.choice("ab"), "rule_id": f"r{number}", "alternative": chance.choice((1, 2))}
        rule |= {"fact": chance.choice(("x", "y")), "operator": operator}
        rule["value"] = {"in": "VIP|12", "like": "head of %|%i%"}.get(operator)
        ends = chance.choice(((None, 12), (7.5, None), (0, 100))) if operator == "between" else (None, None)
        rules.append(rule | {"range_from": ends[0], "range_to": ends[1]})
    facts: list[Row] = [
        {"lead_id": lead, "fact": fact, "value": value}
        for lead in LEADS
        for fact in ("x", "y")
        for value in chance.sample(VALUES, chance.choice((0, 1, 1, 3)))
    ]
    segments: list[Row] = [{"segment": name, "label": name} for name in "ab"]
    told: list[Row] = [{"lead_id": row["lead_id"], "attribute": row["fact"], "value": row["value"]} for row in facts]
    tables: Tables = {"int_leads": [{"lead_id": lead} for lead in LEADS], "int_lead_attributes": told}
    found = built(nurture, "lead_segments", tables | {"segment_rules": rules, "segments": segments})
    expected: dict[tuple[str, str], int] = {}
    for lead in LEADS:
        for rule in rules:
            for own in (1, 2):
                wanted = [one for one in rules if (one["segment"], one["alternative"]) == (rule["segment"], own)]
                held = [
                    [row["value"] for row in facts if (row["lead_id"], row["fact"]) == (lead, one["fact"])]
                    for one in wanted
                ]
                if wanted and all(map(_fits, wanted, held)):
                    expected.setdefault((lead, rule["segment"]), own)
    assert {(row["lead_id"], row["segment"]): row["alternative"] for row in found} == expected
    assert len(found) == len(expected)


def _fits(rule: Row, values: list[str]) -> bool:
    texts = [value.strip().lower() for value in values]
    if rule["operator"] in ("known", "unknown"):
        return bool(texts) is (rule["operator"] == "known")
    if rule["operator"] == "between":
        low, high = rule["range_from"], rule["range_to"]
        numbers = [float(text) for text in texts if text.replace(".", "").isdigit()]
        return any((low is None or low <= number) and (high is None or number < high) for number in numbers)
    patterns = [part.lower().replace("%", "*") for part in rule["value"].split("|")]
    return any(fnmatch.fnmatchcase(text, pattern) for text in texts for pattern in patterns)


def test_whoever_is_given_back_has_a_programme(nurture: CompiledProject) -> None:
    # The programme to win back stood in the seeds, and no lead that sales gave back was in it: A1 to C1 were in none.
    tables: Tables = {name: [] for name in ("int_leads", "int_behaviour_counts", "lead_grades", "lead_lifecycle")}
    grades = nurture.seeds["program_rules"]["grades"].dropna().str.split("|").explode().unique()
    models = set(nurture.seeds["lifecycle_models"]["lifecycle_model"])
    for grade in {*grades, "A1", "B1", "D4"}:
        for pages in (0, 2):
            lead = f"{grade}-{pages}"
            tables["int_leads"].append({"lead_id": lead, "created_at": AS_OF - timedelta(days=400)})
            if pages:
                looked = {"lead_id": lead, "fact": "pricing_pages_14_days", "activity_count": pages}
                tables["int_behaviour_counts"].append(looked)
            for model in nurture.seeds["scoring_models"]["scoring_model"]:
                tables["lead_grades"].append({"lead_id": lead, "scoring_model": model, "grade": grade})
            for model in models:
                tables["lead_lifecycle"].append(
                    {"lead_id": lead, "lifecycle_model": model, "stage_group": "given back", "stage_kind": "recycle"}
                )
    found = {row["lead_id"]: row["program"] for row in built(nurture, "int_lead_programs", tables)}
    assert found.keys() == {row["lead_id"] for row in tables["int_leads"]}
    assert {found[lead] for lead in found if lead.endswith("-0")} == {"win_back"}
    assert {found["A1-2"], found["C2-2"]} == {"price_talk"}


def test_a_customer_is_asked_by_what_it_last_said_and_won_back_when_it_left(nurture: CompiledProject) -> None:
    # Who had cancelled was in no programme at all, and who had been unhappy once was treated as such for ever.
    def told(score: int, days: int) -> Row:
        return {"attribute": "nps", "value": str(score), "observed_at": AS_OF - timedelta(days=days)}

    stays, left = ("customers", "customer", "LSO"), ("closed", "exit", "WON")
    cases: dict[str, tuple[tuple[str, str, str], list[Row], str | None]] = {
        "cancelled": (left, [told(2, 20)], "win_back_customers"),
        "never_was_one": (("closed", "exit", "MAL"), [], None),
        "unhappy": (stays, [told(6, 20)], "unhappy_customers"),
        "no_more": (stays, [told(3, 90), told(9, 20)], "promoters"),
        "not_any_longer": (stays, [told(10, 90), told(0, 20)], "unhappy_customers"),
        "so_so": (stays, [told(7, 20)], "customer_news"),
        "long_ago": (stays, [told(3, 180)], "customer_news"),
        "just_so_long": (stays, [told(3, 179)], "unhappy_customers"),
    }
    tables: Tables = {name: [] for name in ("int_leads", "int_told_values", "lead_grades", "lead_lifecycle")}
    tables["int_lead_attributes"] = []
    for lead, ((group, kind, previous), said, _) in cases.items():
        tables["int_leads"].append({"lead_id": lead, "created_at": AS_OF - timedelta(days=400)})
        tables["int_told_values"] += [{"lead_id": lead} | row for row in said]
        tables["int_lead_attributes"] += [{"lead_id": lead, "attribute": "nps", "value": row["value"]} for row in said]
        for model in nurture.seeds["scoring_models"]["scoring_model"]:
            tables["lead_grades"].append({"lead_id": lead, "scoring_model": model, "grade": "C1"})
        stage = {"lifecycle_model": "waterfall", "previous_stage": previous, "age_in_stage_days": 100}
        tables["lead_lifecycle"].append({"lead_id": lead, "stage_group": group, "stage_kind": kind} | stage)
    found = {row["lead_id"]: row["program"] for row in built(nurture, "int_lead_programs", tables)}
    assert found == {lead: program for lead, (_, _, program) in cases.items() if program}


# referrals


@drawn(100)
@given(chance=CHANCES)
def test_credit_goes_to_one_who_was_here_first(nurture: CompiledProject, chance: random.Random) -> None:
    # Two friends who named each other were both paid: nobody knew when their records had been made.
    leads: list[Row] = [
        {"lead_id": lead, "created_at": chance.choice((None, START, START, moment(chance, 40))), "converted_at": AS_OF}
        for lead in LEADS
    ]
    born = {row["lead_id"]: row["created_at"] for row in leads}
    told: list[Row] = [
        {"lead_id": lead, "attribute": "own_referral_code", "value": chance.choice("pqr")}
        for lead in LEADS
        if chance.random() < 0.5
    ]
    identities: list[Row] = [{"lead_id": lead, "identifier": f"Mail-{lead}"} for lead in LEADS]
    codes, names = "pqrz", [*(f"mail-{lead}" for lead in LEADS), "mail-nobody"]
    for lead in LEADS:
        for attribute, values in (("referral_code", codes), ("referred_by", names)):
            if chance.random() < 0.6:
                at = chance.choice((None, moment(chance), moment(chance)))
                said = {"lead_id": lead, "attribute": attribute, "value": chance.choice(values), "observed_at": at}
                told.append(said)
    visits: list[Row] = [
        {"lead_id": lead, "referral_code": chance.choice(codes).upper() + " ", "occurred_at": moment(chance)}
        for lead in LEADS
        if chance.random() < 0.4
    ]
    tables: Tables = {
        "int_leads": leads,
        "int_told_values": told,
        "int_identities": identities,
        "int_nurture_touches": visits,
    }
    found = built(nurture, "referrals", tables)

    claims = [
        (row["lead_id"], row["attribute"], row["value"], row["observed_at"])
        for row in told
        if row["attribute"] != "own_referral_code"
    ]
    claims += [(row["lead_id"], "link", row["referral_code"].strip().lower(), row["occurred_at"]) for row in visits]
    rank = {"referral_code": (1, "code"), "referred_by": (2, "field"), "link": (3, "link")}
    judged: list[tuple[Any, ...]] = []
    for lead, way, value, at in claims:
        owners = {row["lead_id"] for row in told if (row["attribute"], row["value"]) == ("own_referral_code", value)}
        if way == "referred_by":
            owners = {row["lead_id"] for row in identities if row["identifier"].lower() == value}
        who = min(owners) if len(owners) == 1 else None
        refusal = None if who else ("several people" if owners else "nobody known")
        if who and who == lead:
            refusal = "self"
        elif who and (born[who] is None or born[lead] is None or born[who] >= born[lead]):
            refusal = "was here before"
        elif who and at and at >= born[lead] + timedelta(days=30):
            refusal = "too late"
        judged.append((lead, rank[way], value, at or born[lead], who, refusal))
    for lead in LEADS:
        mine = [claim for claim in judged if claim[0] == lead]
        sound = sorted((claim for claim in mine if claim[5] is None), key=lambda claim: (claim[3], claim[1], claim[2]))
        rows = [row for row in found if row["lead_id"] == lead]
        assert len(rows) == len(mine)
        for claim in mine:
            _, (_, via), value, _, who, refusal = claim
            (row,) = [row for row in rows if (row["via"], row["claimed"]) == (via, value)]
            is_first = bool(sound) and claim is sound[0]
            expected = refusal or (None if is_first else "came second")
            assert (row["refusal"], row["is_credited"], row["referrer_lead_id"]) == (expected, is_first, who), claim
    # whoever follows credits from lead to lead comes to an end: no ring, nobody twice
    brought = {row["lead_id"]: row["referrer_lead_id"] for row in found if row["is_credited"]}
    assert len(brought) == sum(row["is_credited"] for row in found)
    for first in brought:
        line = [first]
        while line[-1] in brought:
            line.append(brought[line[-1]])
            assert len(line) == len(set(line)), line


# questions


@drawn(80)
@given(chance=CHANCES)
def test_what_is_asked_next_is_worth_most_and_not_known(nurture: CompiledProject, chance: random.Random) -> None:
    attributes = ("title", "company", "phone")
    leads = LEADS[: chance.choice((2, 4, 5))]
    questions: list[Row] = [
        {"attribute": name, "question": name, "base_points": chance.choice((0, 0.5)), "question_rank": place}
        for place, name in enumerate(attributes)
    ]
    known = [(lead, name) for lead in leads for name in attributes if chance.random() < 0.4]
    points: list[Row] = [
        {"lead_id": lead, "attribute": name, "criterion": chance.choice("cd"), "points": chance.randrange(1, 20)}
        for lead, name in known
        if chance.random() < 0.8
    ]
    tables: Tables = {"int_leads": [{"lead_id": lead} for lead in leads], "profile_questions": questions}
    tables["int_lead_attributes"] = [{"lead_id": lead, "attribute": name, "value": "v"} for lead, name in known]
    found = built(nurture, "profile_gaps", tables | {"int_attribute_points": points})
    expected: list[tuple[Any, ...]] = []
    for lead in leads:
        ranked: list[tuple[Any, ...]] = []
        for question in questions:
            name = question["attribute"]
            answers = sum(own == name for _, own in known)
            if (lead, name) in known:
                continue
            worth = Decimal(0)
            for criterion in "cd":
                mine = [row["points"] for row in points if (row["attribute"], row["criterion"]) == (name, criterion)]
                held = [row["points"] for row in points if (row["lead_id"], row["criterion"]) == (lead, criterion)]
                average = _rounded(sum(mine), answers) if mine else Decimal(0)
                worth += max(average - max(held, default=0), Decimal(0))
            rate = _rounded(answers, len(leads))
            value = (Decimal(str(question["base_points"])) + worth) * rate
            ranked.append((-value, question["question_rank"], lead, name, worth, rate))
        expected += [(*row[2:], place) for place, row in enumerate(sorted(ranked)[:2], start=1)]
    told = ("lead_id", "attribute", "expected_points", "answer_rate", "ask_rank")
    assert sorted(tuple(row[name] for name in told) for row in found) == sorted(expected)


def _rounded(part: int, whole: int) -> Decimal:
    return (Decimal(part) / whole).quantize(Decimal("0.0001"), ROUND_HALF_UP)


# results

GOALS = ("responded", "converted", "deals")
STAGES = [("waterfall", stage) for stage in ("MAL", "SAO", "LSO", "SAO", "WON")] + [("classic", "opportunity")] * 2


@drawn(80)
@given(chance=CHANCES)
def test_results_count_who_had_the_whole_time(nurture: CompiledProject, chance: random.Random) -> None:
    # Who had been converted before could never be won back, by any count: the goal was to be converted.
    goals = {name: (goal, chance.choice((5, 30))) for name, goal in zip(("p1", "p2", "p3"), GOALS, strict=True)}
    rules: list[Row] = [{"program": name, "goal": goal, "goal_days": days} for name, (goal, days) in goals.items()]
    leads: list[Row] = [{"lead_id": lead, "converted_at": chance.choice((None, moment(chance)))} for lead in LEADS]
    converted = {row["lead_id"]: row["converted_at"] for row in leads}
    enrolled: list[Row] = [
        {"lead_id": lead, "program": name, "enrolled_at": moment(chance), "is_held_out": chance.random() < 0.4}
        for lead in LEADS
        for name in goals
        if chance.random() < 0.7
    ]
    sends: list[Row] = [
        {"lead_id": row["lead_id"], "program": row["program"], "step": step, "first_sent_at": moment(chance)}
        | {"send_count": chance.randint(1, 3), "response_count": chance.randint(0, 2)}
        for row in enrolled
        if not row["is_held_out"]
        for step in chance.sample((1, 2, 3), chance.randint(0, 2))
    ]
    days: list[Row] = [
        {"lead_id": lead, "activity_date": moment(chance).date()}
        | {"activity_type": chance.choice(("email_opened", "email_replied", "page_viewed"))}
        for lead in LEADS
        for _ in range(chance.choice((0, 3)))
    ]
    entered: list[Row] = [
        {"lead_id": lead, "entered_at": moment(chance), "lifecycle_model": model, "to_stage": stage}
        for lead in LEADS
        for model, stage in chance.sample(STAGES, chance.choice((0, 2, 4)))
    ]
    tables: Tables = {
        "int_leads": leads,
        "nurture_enrolments": enrolled,
        "int_step_sends": sends,
        "int_answered_activity": days,
        "lead_stage_changes": entered,
    }
    found = {
        (row["program"], row["step"], row["arm"]): row
        for row in built(nurture, "nurture_results", tables | {"program_rules": rules})
    }

    def lag(lead: str, program: str, start: datetime) -> int | None:
        """Days to the goal, where it came in time."""
        goal, within = goals[program]
        at = converted[lead] if goal == "converted" and converted[lead] and converted[lead] > start else None
        if goal == "deals":
            deals = [
                row["entered_at"]
                for row in entered
                if (row["lead_id"], row["lifecycle_model"]) == (lead, "waterfall")
                and row["to_stage"] in ("SAO", "LSO")
                and row["entered_at"] > start
            ]
            at = min(deals, default=None)
        if goal == "responded":
            answers = [
                row["activity_date"]
                for row in days
                if row["lead_id"] == lead
                and row["activity_type"] != "page_viewed"
                and row["activity_date"] > start.date()
            ]
            at = datetime.combine(min(answers), datetime.min.time()) if answers else None
        in_time = at is not None and at < start + timedelta(days=within)
        return (at.date() - start.date()).days if at is not None and in_time else None

    arms: dict[tuple[str, int, str], list[tuple[int, int, bool, int | None]]] = {}
    for row in [*enrolled, *sends]:
        lead, program, step = row["lead_id"], row["program"], row.get("step", 0)
        start = row["first_sent_at"] if step else row["enrolled_at"]
        mine = [row] if step else [one for one in sends if (one["lead_id"], one["program"]) == (lead, program)]
        sent, answered = (sum(one[name] for one in mine) for name in ("send_count", "response_count"))
        is_mature = start + timedelta(days=goals[program][1]) <= AS_OF
        arm = "held_out" if row.get("is_held_out") else "nurtured"
        reached = lag(lead, program, start) if is_mature else None
        arms.setdefault((program, step, arm), []).append((sent, answered, is_mature, reached))
    assert found.keys() == arms.keys()
    for key, cases in arms.items():
        row, n = found[key], sum(case[2] for case in cases)
        lags = [case[3] for case in cases if case[3] is not None]
        counts = (len(cases), sum(case[0] for case in cases), sum(case[1] > 0 for case in cases), n, len(lags))
        names = ("lead_count", "send_count", "responding_count", "mature_count", "goal_count")
        assert tuple(row[name] for name in names) == counts, key
        assert row["median_lag_days"] == (Decimal(str(statistics.median(lags))) if lags else None)
        if not n:
            assert row["goal_rate"] is row["goal_rate_from"] is row["goal_rate_to"] is None
            continue
        z = 1.96
        middle = (len(lags) + z * z / 2) / (n + z * z)
        half = z / (n + z * z) * math.sqrt(len(lags) * (n - len(lags)) / n + z * z / 4)
        rates = (len(lags) / n, middle - half, middle + half)
        told = [float(row[name]) for name in ("goal_rate", "goal_rate_from", "goal_rate_to")]
        assert told == pytest.approx(rates, abs=6e-5)
