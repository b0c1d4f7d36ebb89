"""The stage machine once more, as a plain fold over each lead's facts: nothing in common with the SQL but the seeds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

Row = dict[str, Any]


@dataclass
class Walk:
    """What a lead went through in one funnel.

    Attributes:
        changes: from, to, kind, signal, time and cycle of each move, in order.
        violations: stage, refused stage, signal, time and cycle of each signal whose move is not allowed, in order.
    """

    changes: list[tuple[Any, ...]] = field(default_factory=list)
    violations: list[tuple[Any, ...]] = field(default_factory=list)


def walks(seeds: Mapping[str, pd.DataFrame], facts: pd.DataFrame) -> dict[tuple[str, str], Walk]:
    """Fold the facts of each lead through each active funnel.

    Args:
        seeds: the lifecycle seeds.
        facts: lead_id, fact, fact_name, fact_value, occurred_at, in any order.

    Returns:
        (funnel, lead_id) to its walk; leads that no signal is about are left out.
    """
    models = [row["lifecycle_model"] for row in _rows(seeds["lifecycle_models"]) if _is_true(row["is_active"])]
    return {
        (model, str(lead_id)): walk
        for model in models
        for lead_id, own in facts.groupby("lead_id")
        if (walk := _walk(_Funnel(seeds, model), _rows(own)))
    }


class _Funnel:
    def __init__(self, seeds: Mapping[str, pd.DataFrame], model: str) -> None:
        def own(seed: str) -> list[Row]:
            return [row for row in _rows(seeds[seed]) if row["lifecycle_model"] == model]

        self.stages = {row["stage"]: row for row in own("lifecycle_stages")}
        self.moves = {(row["from_stage"] or "", row["to_stage"]): row for row in own("lifecycle_moves")}
        self.signals = own("lifecycle_signals")
        self.probabilities = {row["stage"]: float(row["probability"]) for row in _rows(seeds["opportunity_stages"])}

    def signals_of(self, fact: Row) -> list[Row]:
        return [signal for signal in self.signals if self._means(signal, fact)]

    def _means(self, signal: Row, fact: Row) -> bool:
        name, value = (_read(fact[column]) for column in ("fact_name", "fact_value"))
        probability = self.probabilities.get(fact["fact_value"])
        lowest, highest = signal["from_probability"], signal["to_probability"]
        return (
            signal["fact"] == fact["fact"]
            and (not signal["fact_name"] or name in signal["fact_name"].split("|"))
            and (not signal["fact_value"] or value in signal["fact_value"].split("|"))
            and value not in (signal["except_value"] or "").split("|")[: 99 if signal["except_value"] else 0]
            and (lowest is None or (probability is not None and probability >= float(lowest)))
            and (highest is None or (probability is not None and probability < float(highest)))
        )

    def applies(self, signal: Row, stage: str) -> bool:
        """Whether the signal means anything in this stage."""
        if not signal["only_from"]:
            return True
        group = self.stages[stage]["stage_group"] if stage else None
        return bool(stage) and bool({stage, group} & set(signal["only_from"].split("|")))


def _walk(funnel: _Funnel, facts: list[Row]) -> Walk | None:
    found = [(fact, signal) for fact in facts for signal in funnel.signals_of(fact)]
    if not found:
        return None

    def place(pair: tuple[Row, Row]) -> tuple[Any, ...]:
        fact, signal = pair
        rank = int(funnel.stages[signal["to_stage"]]["stage_rank"])
        return fact["occurred_at"], rank, signal["signal"], fact["fact_name"], fact["fact_value"]

    walk, stage, cycle = Walk(), "", 1
    for fact, signal in sorted(found, key=place):
        target, at = signal["to_stage"], fact["occurred_at"]
        if target == stage or not funnel.applies(signal, stage):
            continue
        move = funnel.moves.get((stage, target))
        if move is None:
            walk.violations.append((stage or None, target, signal["signal"], at, cycle))
            continue
        cycle += _is_true(move["opens_cycle"])
        walk.changes.append((stage or None, target, move["kind"], signal["signal"], at, cycle))
        stage = target
    return walk


def _read(text: str) -> str:
    return text.strip(" \t\n\r\u00a0").lower()


def _is_true(cell: Any) -> bool:
    return str(cell).lower() == "true"


def _rows(frame: pd.DataFrame) -> list[Row]:
    return [
        {str(name): None if pd.isna(cell) else _plain(cell) for name, cell in row.items()}
        for row in frame.to_dict("records")
    ]


def _plain(cell: Any) -> Any:
    return cell.to_pydatetime() if isinstance(cell, pd.Timestamp) else cell
