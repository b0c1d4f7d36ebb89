"""The scoring of docs/scoring.md, written a second time in plain Python: something for the SQL to be wrong against.

It is written from the document and the seeds alone. It loops where the SQL joins and counts in exact decimals, so that
the two can only agree by both being right.
"""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Context, Decimal, InvalidOperation, localcontext
from typing import Any, NamedTuple

import pandas as pd

CONTRIBUTION_KEY = ["lead_id", "scoring_model", "dimension", "criterion", "rule_id"]
SCORE_KEY = ["lead_id", "scoring_model"]
DIMENSIONS = ("profile", "engagement")

_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?")
_EXACT = Context(prec=60, rounding=ROUND_HALF_UP)


class Contribution(NamedTuple):
    """One row of ``lead_score_contributions`` without its words.

    ``points`` are points of the dimension's score; ``max_points`` is the criterion's, 0 when it names none.
    """

    lead_id: str
    scoring_model: str
    dimension: str
    criterion: str
    rule_id: str
    points: Decimal
    max_points: Decimal


@dataclass(frozen=True)
class Scored:
    """What the reference returns: the frames that ``lead_score_contributions`` and ``lead_scores`` must equal."""

    contributions: pd.DataFrame
    scores: pd.DataFrame

    def equals(self, other: Scored) -> bool:
        """Every cell the same."""
        return self.contributions.equals(other.contributions) and self.scores.equals(other.scores)

    def of(self, lead_id: str) -> Scored:
        """The rows of one lead."""
        parts = (self.contributions, self.scores)
        contributions, scores = (part[part["lead_id"] == lead_id].reset_index(drop=True) for part in parts)
        return Scored(contributions, scores)


Record = dict[str, Any]


def records(frame: pd.DataFrame) -> list[Record]:
    """Rows of a frame as dictionaries, every kind of missing value as ``None``."""
    columns = [str(name) for name in frame.columns]
    cells = frame.itertuples(index=False, name=None)
    return [
        {name: None if _is_missing(cell) else cell for name, cell in zip(columns, row, strict=True)} for row in cells
    ]


def score(
    seeds: Mapping[str, pd.DataFrame],
    leads: pd.DataFrame,
    attributes: pd.DataFrame,
    activities: pd.DataFrame,
    as_of: datetime,
) -> Scored:
    """Score every lead under every active model.

    Args:
        seeds: the eight tables of ``seeds/scoring`` by name; cells may be text, numbers or missing.
        leads: ``lead_id``, ``created_at``.
        attributes: ``lead_id``, ``attribute``, ``value`` (text, may be missing, several for an attribute).
        activities: ``lead_id``, ``activity_date``, ``activity_type``, ``topic``, ``channel``, ``activity_count``,
            ``quantity``.
        as_of: the clock, UTC; only its date matters to ages.

    Returns:
        Contributions and scores, sorted by their keys.
    """
    with localcontext(_EXACT):
        tables = {name: records(frame) for name, frame in seeds.items()}
        values_of = _by_lead(records(attributes))
        activities_of = _by_lead(records(activities))
        contributions: list[Contribution] = []
        scores: list[Record] = []
        for model in tables["scoring_models"]:
            if not _boolean(model["is_active"]):
                continue
            seeds_of_model = {name: _of(rows, scoring_model=model["scoring_model"]) for name, rows in tables.items()}
            for lead in records(leads):
                lead_id = lead["lead_id"]
                rows = [
                    *_profile(model, seeds_of_model, lead_id, values_of[lead_id]),
                    *_engagement(model, seeds_of_model, lead, activities_of[lead_id], as_of.date()),
                ]
                contributions += rows
                scores.append(_score_row(model, seeds_of_model, lead_id, rows))
    return Scored(
        contributions=_frame(contributions, list(Contribution._fields), CONTRIBUTION_KEY),
        scores=_frame(scores, list(_SCORE_COLUMNS), SCORE_KEY),
    )


# Profile ----------------------------------------------------------------------------------------------------------


def _profile(model: Record, seeds: Mapping[str, list[Record]], lead_id: str, facts: list[Record]) -> list[Contribution]:
    values: dict[str, list[str]] = defaultdict(list)
    for fact in facts:
        if _text(fact["value"]):
            values[fact["attribute"]].append(_text(fact["value"]))

    rows: list[Contribution] = []
    disqualifying: list[str] = []
    for criterion in _of(seeds["scoring_criteria"], dimension="profile"):
        rules = _of(seeds["profile_rules"], criterion=criterion["criterion"])
        matching = [rule for rule in rules if _profile_rule_matches(rule, values)]
        disqualifying += [rule["rule_id"] for rule in matching if _boolean(rule["is_disqualifying"])]
        best = _best_rule(matching)
        if best is None:
            has_values = any(values[rule["attribute"]] for rule in rules)
            rows.append(_row(model, lead_id, criterion, "no_match" if has_values else "unknown", Decimal(0)))
        else:
            rows.append(_row(model, lead_id, criterion, best["rule_id"], _share(criterion, best)))
        negative = (rule for rule in matching if _decimal(rule["percent"]) < 0)
        rows += [_row(model, lead_id, criterion, rule["rule_id"], _share(criterion, rule)) for rule in negative]

    floor = _optional(model["profile_floor"])
    if disqualifying and floor is not None:
        points = floor - _total(rows)
        zero = Decimal(0)
        rows.append(
            Contribution(
                lead_id, model["scoring_model"], "profile", "disqualified", min(disqualifying), _places(points, 4), zero
            )
        )
        return rows
    return rows + _limit(model, lead_id, "profile", _total(rows))


def _profile_rule_matches(rule: Record, values_of_attribute: Mapping[str, list[str]]) -> bool:
    values = values_of_attribute.get(rule["attribute"], [])
    alternatives = [part for part in (_text(part) for part in str(rule["value"] or "").split("|")) if part]
    match rule["operator"]:
        case "known":
            return bool(values)
        case "unknown":
            return not values
        case "equals":
            return _text(rule["value"]) in values
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
    number, lower, upper = Decimal(value), _optional(range_from), _optional(range_to)
    return (lower is None or number >= lower) and (upper is None or number < upper)


# Engagement -------------------------------------------------------------------------------------------------------


def _engagement(
    model: Record, seeds: Mapping[str, list[Record]], lead: Record, activities: list[Record], today: date
) -> list[Contribution]:
    rows: list[Contribution] = []
    aged = [((today - _date(activity["activity_date"])).days, activity) for activity in activities]
    for criterion in _of(seeds["scoring_criteria"], dimension="engagement"):
        name = criterion["criterion"]
        if criterion["shape"] == "bands":
            rules = _of(seeds["engagement_band_rules"], criterion=name)
            rows.append(_bands(model, lead["lead_id"], criterion, rules, aged))
            continue
        decay_rules = _of(seeds["engagement_decay_rules"], criterion=name)
        idle_rules = _of(seeds["engagement_idle_rules"], criterion=name)
        points: list[tuple[str, Decimal]] = []
        for rule in decay_rules:
            points += _decay(rule, [(age, activity) for age, activity in aged if _looks_at(rule, activity)])
        for rule in idle_rules:
            points += _idle(rule, lead, activities, today)
        total = sum((value for _, value in points), Decimal(0))
        points += _bounded("criterion_", total, criterion["min_points"], criterion["max_points"])
        caps = {rule_id for rule_id, _ in points} - {rule["rule_id"] for rule in decay_rules + idle_rules}
        rows += [
            _row(model, lead["lead_id"], criterion, rule_id, value, is_cap=rule_id in caps) for rule_id, value in points
        ]
    return rows + _limit(model, lead["lead_id"], "engagement", _total(rows))


def _bands(
    model: Record, lead_id: str, criterion: Record, rules: list[Record], aged: list[tuple[int, Record]]
) -> Contribution:
    def matches(rule: Record) -> bool:
        counts = (
            int(row["activity_count"]) for age, row in aged if _looks_at(rule, row) and age < int(rule["within_days"])
        )
        return sum(counts) >= int(rule["at_least"])

    best = _best_rule(rule for rule in rules if matches(rule))
    if best is None:
        return _row(model, lead_id, criterion, "no_match", Decimal(0))
    return _row(model, lead_id, criterion, best["rule_id"], _share(criterion, best))


def _decay(rule: Record, aged: list[tuple[int, Record]]) -> Iterator[tuple[str, Decimal]]:
    if not aged:
        return
    quantity_of_age: dict[int, Decimal] = defaultdict(Decimal)
    for age, activity in aged:
        quantity_of_age[age] += _decimal(activity["quantity"])
    full = capped = Decimal(0)
    for age, quantity in quantity_of_age.items():
        raw, factor = _decimal(rule["points"]) * quantity, _factor(rule, age)
        full += _places(raw * factor, 6)
        capped += _places(_in_size(raw, rule["cap_per_day"]) * factor, 6)
    full, capped = _places(full, 4), _places(capped, 4)
    yield rule["rule_id"], full
    if capped != full:
        yield f"{rule['rule_id']}.day_cap", capped - full
    after = _in_size(capped, rule["cap_per_rule"])
    if after != capped:
        yield f"{rule['rule_id']}.rule_cap", after - capped


def _factor(rule: Record, age: int) -> Decimal:
    match rule["decay"]:
        case "half_life":
            return Decimal("0.5") ** (Decimal(age) / _decimal(rule["decay_days"]))
        case "linear":
            return max(Decimal(0), 1 - Decimal(age) / _decimal(rule["decay_days"]))
        case "none":
            return Decimal(1)
        case decay:
            raise ValueError(f"engagement_decay_rules: rule {rule['rule_id']} has unknown decay {decay!r}")


def _idle(rule: Record, lead: Record, activities: list[Record], today: date) -> Iterator[tuple[str, Decimal]]:
    days = [_date(activity["activity_date"]) for activity in activities] or [_date(lead["created_at"])]
    idle_days = max(0, (today - max(days)).days)
    periods = idle_days // int(rule["idle_days"])
    if rule["max_periods"] is not None:
        periods = min(periods, int(rule["max_periods"]))
    points = _places(periods * _decimal(rule["points"]), 4)
    if points != 0:
        yield rule["rule_id"], points


def _looks_at(rule: Record, activity: Record) -> bool:
    return bool(
        rule["activity_type"] == activity["activity_type"]
        and rule["topic"] in (None, activity["topic"])
        and rule["channel"] in (None, activity["channel"])
    )


# What both dimensions share -----------------------------------------------------------------------------------------


def _best_rule(matching: Iterable[Record]) -> Record | None:
    candidates = [rule for rule in matching if _decimal(rule["percent"]) >= 0]
    return min(candidates, key=lambda rule: (-_decimal(rule["percent"]), rule["rule_id"]), default=None)


def _share(criterion: Record, rule: Record) -> Decimal:
    return _places(_decimal(criterion["max_points"]) * _decimal(rule["percent"]) / 100, 4)


def _row(
    model: Record, lead_id: str, criterion: Record, rule_id: str, points: Decimal, *, is_cap: bool = False
) -> Contribution:
    max_points = Decimal(0) if is_cap else _optional(criterion["max_points"]) or Decimal(0)
    return Contribution(
        lead_id,
        model["scoring_model"],
        criterion["dimension"],
        criterion["criterion"],
        rule_id,
        _places(points, 4),
        max_points,
    )


def _limit(model: Record, lead_id: str, dimension: str, total: Decimal) -> list[Contribution]:
    bounds = _bounded("", total, model[f"{dimension}_floor"], model[f"{dimension}_cap"])
    name, zero = model["scoring_model"], Decimal(0)
    return [Contribution(lead_id, name, dimension, "limit", rule_id, points, zero) for rule_id, points in bounds]


def _bounded(prefix: str, total: Decimal, floor: Any, cap: Any) -> list[tuple[str, Decimal]]:
    """The row that brings a sum back between its bounds; none when it is there already."""
    lower, upper = _optional(floor), _optional(cap)
    if upper is not None and total > upper:
        return [(f"{prefix}cap", _places(upper - total, 4))]
    if lower is not None and total < lower:
        return [(f"{prefix}floor", _places(lower - total, 4))]
    return []


_SCORE_COLUMNS = (
    *SCORE_KEY,
    "profile_score",
    "profile_grade",
    "engagement_score",
    "engagement_level",
    "grade",
    "combined_score",
    "action",
    "priority",
)


def _score_row(model: Record, seeds: Mapping[str, list[Record]], lead_id: str, rows: list[Contribution]) -> Record:
    totals = {dimension: _total(row for row in rows if row.dimension == dimension) for dimension in DIMENSIONS}
    grades = {dimension: _grade(seeds["grade_bands"], dimension, totals[dimension]) for dimension in DIMENSIONS}
    grade = f"{grades['profile']}{grades['engagement']}"
    cells = _of(seeds["grade_actions"], grade=grade)
    if len(cells) != 1:
        raise ValueError(f"grade_actions: {len(cells)} rows for grade {grade} of model {model['scoring_model']}")
    weight = _decimal(model["profile_weight"])
    combined = (weight * totals["profile"] + (100 - weight) * totals["engagement"]) / 100
    return {
        "lead_id": lead_id,
        "scoring_model": model["scoring_model"],
        "profile_score": totals["profile"],
        "profile_grade": grades["profile"],
        "engagement_score": totals["engagement"],
        "engagement_level": grades["engagement"],
        "grade": grade,
        "combined_score": _places(combined, 4),
        "action": cells[0]["action"],
        "priority": str(cells[0]["priority"]),
    }


def _grade(bands: list[Record], dimension: str, total: Decimal) -> str:
    holding = [
        str(band["grade"])
        for band in _of(bands, dimension=dimension)
        if (band["from_score"] is None or total >= _decimal(band["from_score"]))
        and (band["to_score"] is None or total < _decimal(band["to_score"]))
    ]
    if len(holding) != 1:
        raise ValueError(f"grade_bands: {dimension} score {total} lies in {len(holding)} bands")
    return holding[0]


# Cells ------------------------------------------------------------------------------------------------------------


def _is_missing(cell: Any) -> bool:
    return (
        cell is None or cell is pd.NaT or cell is pd.NA or (isinstance(cell, float) and math.isnan(cell)) or cell == ""
    )


def _of(rows: list[Record], **wanted: Any) -> list[Record]:
    return [row for row in rows if all(row[name] == value for name, value in wanted.items())]


def _by_lead(rows: list[Record]) -> defaultdict[str, list[Record]]:
    grouped: defaultdict[str, list[Record]] = defaultdict(list)
    for row in rows:
        grouped[row["lead_id"]].append(row)
    return grouped


def _text(cell: Any) -> str:
    return "" if cell is None else str(cell).strip(" ").lower()


def _decimal(cell: Any) -> Decimal:
    try:
        return Decimal(str(cell))
    except InvalidOperation:
        raise ValueError(f"not a number: {cell!r}") from None


def _optional(cell: Any) -> Decimal | None:
    return None if cell is None else _decimal(cell)


def _boolean(cell: Any) -> bool:
    return str(cell).lower() == "true"


def _date(cell: Any) -> date:
    return pd.Timestamp(cell).date()


def _places(number: Decimal, places: int) -> Decimal:
    return number.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)


def _in_size(number: Decimal, cap: Any) -> Decimal:
    size = _optional(cap)
    return number if size is None else max(-size, min(size, number))


def _total(rows: Iterable[Contribution]) -> Decimal:
    return sum((row.points for row in rows), Decimal(0))


def _frame(rows: list[Any], columns: list[str], key: list[str]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=columns).astype(object).sort_values(key, ignore_index=True)
