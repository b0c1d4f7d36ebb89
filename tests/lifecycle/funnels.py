"""Draws funnels and what happened to leads in them: facts of one moment, repeats, and words in other letters.

A drawn number is the seed of each world, so that worlds are as rich as they are meant to be and not mostly trivial.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pandas as pd

Row = dict[str, Any]
Seeds = dict[str, pd.DataFrame]

START = datetime(2026, 1, 1)
HOURS = 12
LEADS = ("lead_1", "lead_2", "lead_3")
KINDS = ("forward", "skip", "recycle", "reopen", "exit")
FACTS = ("created", "task", "field_change")
NAMES = ("status", "call")
VALUES = ("working", "no budget", "connected")
FACT_COLUMNS = ["lead_id", "fact", "fact_name", "fact_value", "occurred_at"]
SIGNAL_COLUMNS = [
    *("lifecycle_model", "signal", "label", "fact", "fact_name", "fact_value", "except_value"),
    *("from_probability", "to_probability", "to_stage", "only_from"),
]


@dataclass(frozen=True)
class World:
    """Seeds, and facts of some leads."""

    seeds: Seeds
    facts: pd.DataFrame


def facts_frame(rows: Sequence[Row]) -> pd.DataFrame:
    """Facts as a frame, blank where a cell is left out."""
    blank = dict.fromkeys(FACT_COLUMNS, "")
    return pd.DataFrame([blank | row for row in rows], columns=FACT_COLUMNS, dtype=object)


def world_of_any_shape(number: int) -> World:
    """A funnel of some stages, moves and signals, and histories in it."""
    chance = random.Random(number)
    stages = [f"S{place}" for place in range(chance.randint(2, 6))]
    ranks = chance.sample(range(len(stages)), len(stages))
    pairs = [("", stage) for stage in stages] + [(one, other) for one in stages for other in stages if one != other]
    tables: dict[str, list[Row]] = {
        "lifecycle_models": [{"is_default": True, "is_active": True}],
        "lifecycle_stages": [
            {"stage": stage, "label": stage, "stage_rank": rank, "stage_group": chance.choice(["early", "late"])}
            | {"kind": chance.choice(["normal", "recycle", "customer", "exit"])}
            for stage, rank in zip(stages, ranks, strict=True)
        ],
        "lifecycle_moves": [
            {"from_stage": one or None, "to_stage": other, "kind": chance.choice(KINDS)}
            | {"opens_cycle": chance.random() < 0.3}
            for one, other in pairs
            if chance.random() < 0.5
        ],
        "lifecycle_signals": [_signal(chance, place, stages) for place in range(chance.randint(2, 8))],
    }
    columns = {"lifecycle_moves": ["lifecycle_model", "from_stage", "to_stage", "kind", "opens_cycle"]}
    columns["lifecycle_signals"] = SIGNAL_COLUMNS
    seeds = {
        name: pd.DataFrame([{"lifecycle_model": "m"} | row for row in rows], columns=columns.get(name), dtype=object)
        for name, rows in tables.items()
    }
    seeds["opportunity_stages"] = pd.DataFrame([{"stage": "Demo", "probability": "0.5", "outcome": "open"}])
    return World(seeds, facts_frame(_facts(chance, FACTS, NAMES, VALUES)))


def _signal(chance: random.Random, place: int, stages: Sequence[str]) -> Row:
    def listed(words: Sequence[str], likely: float) -> str | None:
        return "|".join(chance.sample(words, chance.randint(1, 2))) if chance.random() < likely else None

    return {
        "signal": f"signal_{place}",
        "label": f"Signal {place}",
        "fact": chance.choice(FACTS),
        "fact_name": listed(NAMES, 0.3),
        "fact_value": listed(VALUES, 0.3),
        "except_value": listed(VALUES, 0.2),
        "to_stage": chance.choice(stages),
        "only_from": listed([*stages, "early", "late"], 0.4),
    }


def world_of(seeds: Mapping[str, pd.DataFrame], number: int) -> World:
    """Histories in given funnels, all of them active, made of the words that their signals look for."""
    chance = random.Random(number)
    signals = seeds["lifecycle_signals"]
    values = [*_words(signals, "fact_value"), *_words(signals, "except_value"), "other"]
    rows = _facts(chance, _words(signals, "fact"), [*_words(signals, "fact_name"), "other"], values)
    for lead in LEADS:
        # most go some way as leads do, so that late stages are reached as well
        way = [row for row in _way(signals, chance) if chance.random() < 0.8]
        rows += [
            row | {"lead_id": lead, "occurred_at": START + timedelta(hours=hours)} for hours, row in enumerate(way)
        ]
    models = seeds["lifecycle_models"].assign(is_active=True)
    return World(dict(seeds) | {"lifecycle_models": models}, facts_frame(rows))


def _way(signals: pd.DataFrame, chance: random.Random) -> list[Row]:
    """A fact for each signal of one funnel, in the order of the seed."""
    own = signals[signals["lifecycle_model"] == chance.choice(sorted(set(signals["lifecycle_model"])))]
    return [
        {"fact": row["fact"], "fact_name": _first(row["fact_name"]), "fact_value": _first(row["fact_value"])}
        if row["fact"] != "opportunity_stage"
        else {"fact": row["fact"], "fact_value": chance.choice(["Proposal", "Discovery", "Closed Won", "Unknown"])}
        for row in own.to_dict("records")
    ]


def _first(cell: Any) -> str:
    return "" if pd.isna(cell) else str(cell).split("|", maxsplit=1)[0]


def _words(seed: pd.DataFrame, column: str) -> list[str]:
    return sorted({word for cell in seed[column].dropna() for word in str(cell).split("|")})


def _facts(chance: random.Random, facts: Sequence[str], names: Sequence[str], values: Sequence[str]) -> list[Row]:
    return [
        {
            "lead_id": chance.choice(LEADS),
            "fact": chance.choice(facts),
            "fact_name": _spelt(chance, chance.choice(names)),
            "fact_value": _spelt(chance, chance.choice(values)),
            "occurred_at": START + timedelta(hours=chance.randrange(HOURS)),
        }
        for _ in range(chance.randint(1, 40))
    ]


def _spelt(chance: random.Random, word: str) -> str:
    return chance.choice([word, word, word, word.upper(), f" {word}\t", word.title(), f"{word}|{word}", ""])
