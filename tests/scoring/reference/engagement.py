"""What a lead did, as contributions."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal

from tests.scoring.reference.cells import (
    Record,
    day,
    decimal,
    having,
    in_size,
    places,
)
from tests.scoring.reference.rows import (
    Contribution,
    best_rule,
    bounded,
    limit,
    row_of,
    share,
    total_of,
)


def engagement(
    model: Record, seeds: Mapping[str, list[Record]], lead: Record, activities: list[Record], today: date
) -> list[Contribution]:
    """The engagement rows of one lead under one model, as seen on the day ``today``."""
    rows: list[Contribution] = []
    aged = [((today - day(activity["activity_date"])).days, activity) for activity in activities]
    for criterion in having(seeds["scoring_criteria"], dimension="engagement"):
        name = criterion["criterion"]
        if criterion["shape"] == "bands":
            rules = having(seeds["engagement_band_rules"], criterion=name)
            rows.append(_bands(model, lead["lead_id"], criterion, rules, aged))
            continue
        decay_rules = having(seeds["engagement_decay_rules"], criterion=name)
        idle_rules = having(seeds["engagement_idle_rules"], criterion=name)
        points: list[tuple[str, Decimal]] = []
        for rule in decay_rules:
            points += _decay(rule, [(age, activity) for age, activity in aged if _looks_at(rule, activity)])
        for rule in idle_rules:
            points += _idle(rule, lead, activities, today)
        total = sum((value for _, value in points), Decimal(0))
        points += bounded("criterion_", total, criterion["min_points"], criterion["max_points"])
        caps = {rule_id for rule_id, _ in points} - {rule["rule_id"] for rule in decay_rules + idle_rules}
        rows += [
            row_of(model, lead["lead_id"], criterion, rule_id, value, is_cap=rule_id in caps)
            for rule_id, value in points
        ]
    return rows + limit(model, lead["lead_id"], "engagement", total_of(rows))


def _bands(
    model: Record, lead_id: str, criterion: Record, rules: list[Record], aged: list[tuple[int, Record]]
) -> Contribution:
    def matches(rule: Record) -> bool:
        counts = (
            int(row["activity_count"]) for age, row in aged if _looks_at(rule, row) and age < int(rule["within_days"])
        )
        return sum(counts) >= int(rule["at_least"])

    best = best_rule(rule for rule in rules if matches(rule))
    if best is None:
        return row_of(model, lead_id, criterion, "no_match", Decimal(0))
    return row_of(model, lead_id, criterion, best["rule_id"], share(criterion, best))


def _decay(rule: Record, aged: list[tuple[int, Record]]) -> Iterator[tuple[str, Decimal]]:
    if not aged:
        return
    quantity_of_age: dict[int, Decimal] = defaultdict(Decimal)
    for age, activity in aged:
        quantity_of_age[age] += decimal(activity["quantity"])
    full = capped = Decimal(0)
    for age, quantity in quantity_of_age.items():
        raw, factor = decimal(rule["points"]) * quantity, _factor(rule, age)
        full += places(raw * factor, 6)
        capped += places(in_size(raw, rule["cap_per_day"]) * factor, 6)
    full, capped = places(full, 4), places(capped, 4)
    yield rule["rule_id"], full
    if capped != full:
        yield f"{rule['rule_id']}.day_cap", capped - full
    after = in_size(capped, rule["cap_per_rule"])
    if after != capped:
        yield f"{rule['rule_id']}.rule_cap", after - capped


def _factor(rule: Record, age: int) -> Decimal:
    match rule["decay"]:
        case "half_life":
            return Decimal("0.5") ** (Decimal(age) / decimal(rule["decay_days"]))
        case "linear":
            return max(Decimal(0), 1 - Decimal(age) / decimal(rule["decay_days"]))
        case "none":
            return Decimal(1)
        case decay:
            raise ValueError(f"engagement_decay_rules: rule {rule['rule_id']} has unknown decay {decay!r}")


def _idle(rule: Record, lead: Record, activities: list[Record], today: date) -> Iterator[tuple[str, Decimal]]:
    days = [day(activity["activity_date"]) for activity in activities] or [day(lead["created_at"])]
    idle_days = max(0, (today - max(days)).days)
    periods = idle_days // int(rule["idle_days"])
    if rule["max_periods"] is not None:
        periods = min(periods, int(rule["max_periods"]))
    points = places(periods * decimal(rule["points"]), 4)
    if points != 0:
        yield rule["rule_id"], points


def _looks_at(rule: Record, activity: Record) -> bool:
    return bool(
        rule["activity_type"] == activity["activity_type"]
        and rule["topic"] in (None, activity["topic"])
        and rule["channel"] in (None, activity["channel"])
    )
