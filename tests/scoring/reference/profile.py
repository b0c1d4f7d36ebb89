"""What is known of a lead, as contributions."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from tests.scoring.reference.cells import (
    Record,
    boolean,
    decimal,
    having,
    optional,
    places,
    text,
)
from tests.scoring.reference.rows import (
    Contribution,
    best_rule,
    limit,
    row_of,
    share,
    total_of,
)

_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?")


def profile(model: Record, seeds: Mapping[str, list[Record]], lead_id: str, facts: list[Record]) -> list[Contribution]:
    """The profile rows of one lead under one model."""
    values: dict[str, list[str]] = defaultdict(list)
    for fact in facts:
        if text(fact["value"]):
            values[fact["attribute"]].append(text(fact["value"]))

    rows: list[Contribution] = []
    disqualifying: list[str] = []
    for criterion in having(seeds["scoring_criteria"], dimension="profile"):
        rules = having(seeds["profile_rules"], criterion=criterion["criterion"])
        matching = [rule for rule in rules if _profile_rule_matches(rule, values)]
        disqualifying += [rule["rule_id"] for rule in matching if boolean(rule["is_disqualifying"])]
        best = best_rule(matching)
        if best is None:
            has_values = any(values[rule["attribute"]] for rule in rules)
            rows.append(row_of(model, lead_id, criterion, "no_match" if has_values else "unknown", Decimal(0)))
        else:
            rows.append(row_of(model, lead_id, criterion, best["rule_id"], share(criterion, best)))
        negative = (rule for rule in matching if decimal(rule["percent"]) < 0)
        rows += [row_of(model, lead_id, criterion, rule["rule_id"], share(criterion, rule)) for rule in negative]

    floor = optional(model["profile_floor"])
    if not disqualifying or floor is None:
        return rows + limit(model, lead_id, "profile", total_of(rows))
    to_floor = places(floor - total_of(rows), 4)
    name, rule_id = model["scoring_model"], min(disqualifying)
    return [*rows, Contribution(lead_id, name, "profile", "disqualified", rule_id, to_floor, Decimal(0))]


def _profile_rule_matches(rule: Record, values_of_attribute: Mapping[str, list[str]]) -> bool:
    values = values_of_attribute.get(rule["attribute"], [])
    alternatives = [part for part in (text(part) for part in str(rule["value"] or "").split("|")) if part]
    match rule["operator"]:
        case "known":
            return bool(values)
        case "unknown":
            return not values
        case "equals":
            return text(rule["value"]) in values
        case "in":
            return any(value in alternatives for value in values)
        case "like":
            return any(_like(value, pattern) for value in values for pattern in alternatives)
        case "between":
            return any(_in_range(value, rule["range_from"], rule["range_to"]) for value in values)
        case operator:
            raise ValueError(f"profile_rules: rule {rule['rule_id']} has unknown operator {operator!r}")


def _like(value: str, pattern: str) -> bool:
    wildcards = {"%": ".*", "_": "."}
    expression = "".join(wildcards.get(character, re.escape(character)) for character in pattern)
    return re.fullmatch(expression, value, re.DOTALL) is not None


def _in_range(value: str, range_from: Any, range_to: Any) -> bool:
    if not _NUMBER.fullmatch(value):
        return False
    number, lower, upper = Decimal(value), optional(range_from), optional(range_to)
    return (lower is None or number >= lower) and (upper is None or number < upper)
