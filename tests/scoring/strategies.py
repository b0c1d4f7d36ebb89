"""Draws small companies: policy in all its shapes, people, what they did, and the time they are looked at."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pandas as pd
from hypothesis import strategies as st

from tests.scoring.tables import (
    SEED_COLUMNS,
    Row,
    activities_frame,
    attributes_frame,
    grade_actions,
    grade_bands,
    leads_frame,
    seeds_of,
)

LEADS = ("lead_1", "lead_2", "lead_3", "o'lead")
ACTIVITY_TYPES = ("page_viewed", "form_submitted", "email_clicked")
TOPICS = ("product", "pricing", "other")
CHANNELS = ("web", "email")

# Small pools, so that rules and values meet often; odd cells, because text comes from people.
_WORDS = (
    *("Chief Officer", " chief officer ", "CHIEF", "chef", "vp sales", "VP", "a|b", "a", "b", "50% off", "a_b", "axb"),
    *("o'neil", "Überchef", "überchef", "back\\slash", "two\nlines", "x" * 300, "25", "nan"),
)
_FIGURES = (
    *("0", "25", "50", "NaN", "0", "25", "50", "-5", " 25 ", "24.99", "25.0001", "100", "1e2", "+50", ".5"),
    *("1,000", "$5", "5%", "five", "NaN", "nan", "inf", "-Infinity", "12 34", "0x1A", "--1", "1e", "a"),
)
_VALUES = {"title": _WORDS, "need": _WORDS, "revenue": _FIGURES}
_TEXTS = ("chief officer", " Chief Officer", "chief", "vp", "a", "b", "axb", "o'neil", "überchef", "25", "nan")
_PATTERNS = (
    "%chief%",
    "ch_ef%",
    "VP%",
    "%officer",
    "%",
    "_",
    "a_b",
    "%'%",
    "%\\%",
    "two%lines",
    "%ÜBER%",
    "50% %",
    ".*",
)
_NUMBERS = (None, None, "0", "25", "50", "-5", "24.99", "25.0001")
_DAYS = (0, 1, 6, 7, 8, 13, 14, 15, 29, 30, 31, 60)


@dataclass(frozen=True)
class World:
    """All that a score is a function of."""

    seeds: dict[str, pd.DataFrame]
    leads: pd.DataFrame
    attributes: pd.DataFrame
    activities: pd.DataFrame
    as_of: datetime


def _hundredths(lowest: int, highest: int) -> st.SearchStrategy[Decimal]:
    return st.integers(lowest * 100, highest * 100).map(lambda number: Decimal(number) / 100)


def _one_in(count: int) -> st.SearchStrategy[bool]:
    return st.integers(1, count).map(lambda number: number == count)


_POINTS = st.one_of(st.sampled_from([Decimal(number) for number in (5, 10, 25, 35, 50, 100)]), _hundredths(0, 120))
_PERCENTS = st.one_of(st.sampled_from([Decimal(number) for number in (100, 100, 50, 50, 0)]), _hundredths(0, 100))
_NEGATIVE = st.one_of(st.just(Decimal(-100)), _hundredths(-200, -1))
_AGES = st.one_of(st.sampled_from(_DAYS), st.integers(0, 90))
_RULE_IDS = st.lists(st.text("abz_19", min_size=1, max_size=3), min_size=30, max_size=30, unique=True)


@st.composite
def _profile_rule(draw: st.DrawFn) -> Row:
    operator = draw(st.sampled_from(["equals", "in", "like", "between", "known", "unknown"]))
    attributes = ["revenue"] * 5 if operator == "between" else ["title", "need"]
    row: Row = {"attribute": draw(st.sampled_from([*attributes, *_VALUES])), "operator": operator}
    if operator == "equals":
        row["value"] = draw(st.sampled_from([*_TEXTS, "a|b"]))
    elif operator in ("in", "like"):
        pool = _TEXTS if operator == "in" else _PATTERNS
        row["value"] = draw(st.sampled_from(["|", " | "])).join(
            draw(st.lists(st.sampled_from(pool), min_size=1, max_size=3))
        )
    elif operator == "between":
        row |= {"range_from": draw(st.sampled_from(_NUMBERS)), "range_to": draw(st.sampled_from(_NUMBERS))}
    row["percent"] = draw(st.one_of(_PERCENTS, _PERCENTS, _NEGATIVE))
    row["is_disqualifying"] = draw(_one_in(8))
    return row


def _looks_at() -> dict[str, st.SearchStrategy[Any]]:
    return {
        "activity_type": st.sampled_from(ACTIVITY_TYPES),
        "topic": st.sampled_from([None, None, *TOPICS]),
        "channel": st.sampled_from([None, None, *CHANNELS]),
    }


_BAND_RULE = st.fixed_dictionaries(
    {
        **_looks_at(),
        "at_least": st.sampled_from([1, 1, 2, 3, 6]),
        "within_days": st.sampled_from(_DAYS[1:]),
        "percent": _PERCENTS,
    }
)
_SIZE_CAPS = st.one_of(st.none(), st.sampled_from([Decimal(number) for number in (0, 5, 20)]), _hundredths(0, 60))


@st.composite
def _decay_rule(draw: st.DrawFn) -> Row:
    row: Row = draw(st.fixed_dictionaries({**_looks_at(), "cap_per_day": _SIZE_CAPS, "cap_per_rule": _SIZE_CAPS}))
    row["points"] = draw(st.one_of(_hundredths(-40, 40), st.sampled_from([Decimal("0.5"), Decimal(12), Decimal(-30)])))
    row["decay"] = draw(st.sampled_from(["half_life", "linear", "none"]))
    row["decay_days"] = None if row["decay"] == "none" else draw(st.sampled_from([1, 7, 14, 30, Decimal("10.5")]))
    return row


_IDLE_RULE = st.fixed_dictionaries(
    {
        "idle_days": st.sampled_from([1, 7, 30]),
        "points": _hundredths(-20, 10),
        "max_periods": st.one_of(st.none(), st.integers(1, 6)),
    }
)
_RULES_OF_SHAPE = {
    "profile": {"profile_rules": st.lists(_profile_rule(), min_size=2, max_size=6)},
    "bands": {"engagement_band_rules": st.lists(_BAND_RULE, min_size=1, max_size=4)},
    "decay": {
        "engagement_decay_rules": st.lists(_decay_rule(), min_size=1, max_size=4),
        "engagement_idle_rules": st.lists(_IDLE_RULE, max_size=1),
    },
}


@st.composite
def _bounds(draw: st.DrawFn, *, floor_may_be_blank: bool = True) -> tuple[Decimal | None, Decimal | None]:
    floor = draw(st.one_of(st.just(Decimal(0)), _hundredths(-60, 10)))
    cap = draw(st.one_of(st.just(Decimal(100)), _hundredths(10, 120)))
    blank_floor = floor_may_be_blank and draw(_one_in(5))
    return (None if blank_floor else floor), (None if draw(_one_in(5)) else cap)


# A group's bounds hold zero between them, or doing nothing would be worth points.
_GROUP_CAPS = st.tuples(st.one_of(st.none(), _hundredths(-60, 0)), st.one_of(st.none(), _hundredths(0, 60)))


@st.composite
def _policy_of(draw: st.DrawFn, name: str) -> dict[str, list[Row]]:
    """All seed rows of one scoring model."""
    profile_floor, profile_cap = draw(_bounds(floor_may_be_blank=False))
    engagement_floor, engagement_cap = draw(_bounds())
    seeds: dict[str, list[Row]] = {seed: [] for seed in SEED_COLUMNS}
    seeds["scoring_models"] = [
        {
            "is_default": False,
            "is_active": not draw(_one_in(6)),
            "profile_weight": draw(st.one_of(st.just(Decimal(50)), _hundredths(0, 100))),
            "profile_floor": profile_floor,
            "profile_cap": profile_cap,
            "engagement_floor": engagement_floor,
            "engagement_cap": engagement_cap,
        }
    ]
    rule_ids = iter(draw(_RULE_IDS))
    shapes = draw(st.lists(st.sampled_from(["profile", "bands", "decay"]), min_size=1, max_size=5))
    for number, shape in enumerate(shapes, start=1):
        criterion = f"criterion_{number}"
        points: Decimal | None = draw(_POINTS)
        floor: Decimal | None = None
        if shape == "decay":
            floor, points = draw(_GROUP_CAPS)
        seeds["scoring_criteria"].append(
            {
                "dimension": "profile" if shape == "profile" else "engagement",
                "criterion": criterion,
                "shape": shape,
                "max_points": points,
                "min_points": floor,
            }
        )
        for seed, rules in _RULES_OF_SHAPE[shape].items():
            seeds[seed] += [{"rule_id": next(rule_ids), "criterion": criterion, **rule} for rule in draw(rules)]
    seeds["grade_bands"] = grade_bands(draw(_THRESHOLDS), draw(_THRESHOLDS))
    seeds["grade_actions"] = grade_actions()
    return {seed: [{"scoring_model": name, **row} for row in rows] for seed, rows in seeds.items()}


_THRESHOLDS = st.one_of(
    st.just([Decimal(75), Decimal(50), Decimal(25)]),
    st.lists(_hundredths(-20, 100), min_size=3, max_size=3, unique=True).map(lambda edges: sorted(edges, reverse=True)),
)


@st.composite
def _people(draw: st.DrawFn, seeds: dict[str, pd.DataFrame], values: Mapping[str, Sequence[str]]) -> World:
    """Up to four leads under this policy, what is known of them and what they did."""
    as_of = draw(st.datetimes(datetime(2021, 1, 1), datetime(2029, 12, 31)))
    leads = LEADS[: draw(st.sampled_from([4, 4, 3, 1, 0]))]
    seconds = draw(st.lists(st.integers(0, 150 * 86_400), min_size=len(leads), max_size=len(leads)))
    facts = st.tuples(*(st.one_of(st.none(), *[st.sampled_from(pool)] * 3) for pool in values.values()))
    looked_at = pd.concat([seeds["engagement_band_rules"], seeds["engagement_decay_rules"]])
    activities = st.tuples(
        st.sampled_from(LEADS),
        _AGES,
        st.sampled_from(sorted(set(looked_at["activity_type"])) or ["page_viewed"]),
        st.sampled_from(sorted({*looked_at["topic"].dropna(), "other"})),
        st.sampled_from(CHANNELS),
        st.integers(1, 5),
        st.one_of(st.integers(0, 10).map(Decimal), _hundredths(0, 30)),
    )
    return World(
        seeds=seeds,
        leads=leads_frame({lead: as_of - timedelta(seconds=ago) for lead, ago in zip(leads, seconds, strict=True)}),
        attributes=attributes_frame(
            dict.fromkeys(
                (lead, attribute, value)
                for lead in [*leads, *leads[:1]]
                for attribute, value in zip(values, draw(facts), strict=True)
                if value is not None
            )
        ),
        activities=activities_frame(
            (lead, as_of.date() - timedelta(days=age), *rest)
            for lead, age, *rest in draw(st.lists(activities, min_size=6, max_size=24, unique_by=lambda row: row[:5]))
            if lead in leads
        ),
        as_of=as_of,
    )


@st.composite
def worlds(draw: st.DrawFn) -> World:
    """A whole example: up to three models of any policy, and people."""
    names = ["one", "two", "three"][: draw(st.integers(1, 3))]
    return draw(_people(seeds_of([draw(_policy_of(name)) for name in names]), _VALUES))


def worlds_of(seeds: dict[str, pd.DataFrame]) -> st.SearchStrategy[World]:
    """People under a policy that is given. What is known of them meets its rules: by value, by pattern, by number."""
    values = {
        attribute: sorted({*_meeting(rules), "Head of  Everything", "-1", "12500000.5"})
        for attribute, rules in ((str(name), rules) for name, rules in seeds["profile_rules"].groupby("attribute"))
    }
    return _people(seeds, values)


def _meeting(rules: pd.DataFrame) -> set[str]:
    """Values that the rules look for, and the edges of their ranges."""
    words = {part.replace("%", "x") for cell in rules["value"].dropna() for part in cell.split("|")}
    return words.union(*(rules[column].dropna() for column in ("range_from", "range_to")))
