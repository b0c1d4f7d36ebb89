"""The seeds as plain Python, for the peers in Python. Points are whole ten-thousandths, so that sums are exact."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

UNITS = 10_000
Row = dict[str, Any]


@dataclass(frozen=True)
class Policy:
    """What the seeds say, rows as dicts: numbers are numbers, blanks are None, switched-off rules are left out.

    Attributes:
        models: scoring_model, profile_weight and, in units, floors and caps.
        criteria: scoring_model, dimension, criterion, shape and, in units, max_points and min_points.
        profile_rules, band_rules: with points in units and a rank; the smallest of a criterion is its best rule.
        decay_rules: numbered by rule_no; points and caps as given.
        idle_rules: idle_days, points, max_periods.
        grade_bands: scoring_model, dimension, grade, from_score, to_score in units.
        bot_rules: by name.
        event_types: those that are engagement.
        topics: pattern and topic, best first.
        limits: by source, the earliest instant and how far a time may lie behind its arrival.
        agents, networks: patterns of robots; proxies: user agent and pattern of addresses.
        mail_domains: domain to kind.
        shared_mailboxes: local parts.
        manual_merges: rows as they are.
    """

    models: list[Row]
    criteria: list[Row]
    profile_rules: list[Row]
    band_rules: list[Row]
    decay_rules: list[Row]
    idle_rules: list[Row]
    grade_bands: list[Row]
    bot_rules: dict[str, Row]
    event_types: list[Row]
    topics: list[tuple[str, str]]
    limits: dict[str, tuple[datetime, timedelta]]
    agents: list[str]
    networks: list[str]
    proxies: list[tuple[str, str]]
    mail_domains: dict[str, str]
    shared_mailboxes: set[str]
    manual_merges: list[Row]

    @property
    def attributes(self) -> set[str]:
        """The attributes that rules look at."""
        return {rule["attribute"] for rule in self.profile_rules}

    def criteria_of(self, key: str, value: str) -> list[Row]:
        """The criteria of a dimension or a shape."""
        return [row for row in self.criteria if row[key] == value]

    def decay_factor(self, rule: Row, age: int) -> float:
        """What is left of a point after so many days."""
        if rule["decay"] == "half_life":
            return float(0.5 ** (age / rule["decay_days"]))
        if rule["decay"] == "linear":
            return max(0.0, 1 - age / float(rule["decay_days"]))
        return 1.0


def read_policy(seeds: Path) -> Policy:
    """Read the seeds.

    Args:
        seeds: the project's folder of seeds.
    """
    models = [
        {"scoring_model": row["scoring_model"], "profile_weight": Decimal(row["profile_weight"])}
        | {name: units(row[name]) for name in ("profile_floor", "profile_cap", "engagement_floor", "engagement_cap")}
        for row in _rows(seeds / "scoring" / "scoring_models.csv")
        if row["is_active"] == "true"
    ]
    active = {row["scoring_model"] for row in models}
    criteria = [
        row | {"max_points": units(row["max_points"]), "min_points": units(row["min_points"])}
        for row in _rows(seeds / "scoring" / "scoring_criteria.csv")
        if row["scoring_model"] in active
    ]

    def rules(name: str, key: str, value: str) -> list[Row]:
        known = {(row["scoring_model"], row["criterion"]): row for row in criteria if row[key] == value}
        found = [
            row for row in _rows(seeds / "scoring" / f"{name}.csv") if (row["scoring_model"], row["criterion"]) in known
        ]
        for row in found:
            row["max_points"] = known[row["scoring_model"], row["criterion"]]["max_points"]
        return found

    def ranked(rows: list[Row]) -> list[Row]:
        rows.sort(key=lambda row: (row["scoring_model"], row["criterion"], -Decimal(row["percent"]), row["rule_id"]))
        for rank, row in enumerate(rows):
            row["rank"] = rank
            row["percent"] = Decimal(row["percent"])
            row["points"] = int((row["max_points"] * row["percent"] / 100).quantize(Decimal(1), ROUND_HALF_UP))
        return rows

    profile_rules = ranked(rules("profile_rules", "dimension", "profile"))
    for row in profile_rules:
        row["range_from"], row["range_to"] = _number(row["range_from"]), _number(row["range_to"])
        row["is_disqualifying"] = row["is_disqualifying"] == "true"
    band_rules = ranked(rules("engagement_band_rules", "shape", "bands"))
    for row in band_rules:
        row["at_least"], row["within_days"] = int(row["at_least"]), int(row["within_days"])
    decay_rules = rules("engagement_decay_rules", "shape", "decay")
    for number, row in enumerate(decay_rules):
        row["rule_no"] = number
        row |= {name: _number(row[name]) for name in ("points", "decay_days", "cap_per_day", "cap_per_rule")}
    idle_rules = rules("engagement_idle_rules", "shape", "decay")
    for row in idle_rules:
        row.update({name: int(row[name]) for name in ("idle_days", "max_periods")}, points=float(row["points"]))

    reference = seeds / "reference"
    bot_rules = {row["rule"]: row for row in _rows(reference / "bot_rules.csv") if row["is_enabled"] == "true"}
    for row in bot_rules.values():
        row["taints_address"] = row["taints_address"] == "true"
        row |= {name: int(row[name]) if row[name] else None for name in ("threshold_seconds", "threshold_count")}
    event_types = [
        row
        | {
            "quantity_divisor": _number(row["quantity_divisor"]) if row["quantity_column"] == "dwell_seconds" else None,
            "quantity_cap": _number(row["quantity_cap"]),
        }
        for row in _rows(reference / "event_types.csv")
        if row["is_engagement"] == "true"
    ]
    topics = sorted(_rows(reference / "content_topics.csv"), key=lambda row: int(row["priority"]))
    return Policy(
        models,
        criteria,
        profile_rules,
        band_rules,
        decay_rules,
        idle_rules,
        [
            row | {"from_score": units(row["from_score"]), "to_score": units(row["to_score"])}
            for row in _rows(seeds / "scoring" / "grade_bands.csv")
        ],
        bot_rules,
        event_types,
        [(row["url_pattern"], row["topic"]) for row in topics],
        {
            row["source"]: (datetime.fromisoformat(row["earliest_at"]), timedelta(hours=int(row["hours_ahead"])))
            for row in _rows(reference / "row_limits.csv")
        },
        [row["user_agent_pattern"] for row in _rows(reference / "bot_user_agents.csv")]
        if "user_agent" in bot_rules
        else [],
        [row["address_pattern"] for row in _rows(reference / "bot_networks.csv")] if "network" in bot_rules else [],
        [(row["user_agent"], row["address_pattern"]) for row in _rows(reference / "privacy_proxies.csv")]
        if "privacy_open" in bot_rules
        else [],
        {row["domain"]: row["kind"] for row in _rows(reference / "mail_domains.csv")},
        {row["local_part"] for row in _rows(reference / "shared_mailboxes.csv")},
        _rows(reference / "manual_merges.csv"),
    )


def like(patterns: Iterable[str]) -> str:
    """One regular expression for several LIKE patterns; one that matches nothing when there are none."""
    parts = [
        "".join({"%": ".*", "_": "."}.get(character, re.escape(character)) for character in pattern)
        for pattern in patterns
    ]
    return f"(?s)^(?:{'|'.join(parts)})$" if parts else "(?s)^.^"


def units(value: str | None) -> int | None:
    """Points as whole ten-thousandths."""
    return None if not value else int((Decimal(value) * UNITS).quantize(Decimal(1), ROUND_HALF_UP))


def _number(value: str | None) -> float | None:
    return float(value) if value else None


def _rows(file: Path) -> list[Row]:
    with file.open(newline="", encoding="utf-8") as lines:
        return [{name: value or None for name, value in row.items()} for row in csv.DictReader(lines)]
