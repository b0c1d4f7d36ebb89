"""Whole files that no one can read, that lack what they need, or that hold typed nonsense."""

from __future__ import annotations

import gzip
import hashlib
from datetime import date, timedelta
from pathlib import Path

from simulation.dirt import Dirt
from simulation.engine import Engine
from simulation.files import LandingFile, write_bytes, write_query
from simulation.settings import Settings
from simulation.shapes import WEEK

BROKEN_ON = 5  # the day of delivery, as a number modulo seven
ADDRESS = "dirt@kestrel-dirt.example"


def plant_broken_files(engine: Engine, settings: Settings, landing: Path) -> list[Dirt]:
    """Put broken files beside the good ones, on one day of the last week that is delivered."""
    first = max(settings.first_delivery, settings.last_delivery - timedelta(days=WEEK - 1))
    books: list[Dirt] = []
    for number in range((settings.last_delivery - first).days + 1):
        day = first + timedelta(days=number)
        if day.toordinal() % WEEK == BROKEN_ON:
            books += [*_plant_bytes(engine, landing, day), *_plant_odd_values(engine, landing, day)]
    return books


def _plant_bytes(engine: Engine, landing: Path, day: date) -> list[Dirt]:
    mail = f"dirt-{day:%Y%m%d}-whole,{day} 00:40:00,{ADDRESS},delivered\n"
    visit = f"dirt-{day:%Y%m%d}-no-visitor,{day} 00:40:00,page_view\n"
    message = f'{{"event_id": "dirt-{day:%Y%m%d}", "occurred_at": "{day} 00:40:00"}}\n'
    books: list[Dirt] = []
    for kind, source, table, name, outcome, expected, content in (
        ("binary_garbage", "crm", "leads", "garbage.csv", "set_aside", 1, b"\x00\x01\xff" + _noise(day)),
        ("empty_file", "crm", "contacts", "empty.csv", "set_aside", 1, b""),
        ("header_only", "crm", "tasks", "header-only.csv", "staged", 0, b"task_id,created_at,type\n"),
        ("still_being_written", "crm", "leads", "unfinished.csv.part", "left_alone", 1, b"lead_id,created_at\n00Q1,2"),
        (
            "truncated_parquet",
            "email",
            "events",
            "truncated.parquet",
            "set_aside",
            1,
            _half_a_parquet_file(engine, day),
        ),
        (
            "truncated_gzip",
            "messaging",
            "events",
            "truncated.jsonl.gz",
            "set_aside",
            1,
            gzip.compress(message.encode() * 200, mtime=0)[:60],
        ),
        (
            "missing_required_column",
            "web",
            "events",
            "no-visitor.csv",
            "held_back",
            1,
            f"event_id,occurred_at,event_type\n{visit}".encode(),
        ),
        (
            "open_quote_to_the_end",
            "email",
            "events",
            "open-quote.csv",
            "rejected",
            1,
            f'event_id,occurred_at,recipient,event_type\n{mail}dirt-x,"never closed\n'.encode(),
        ),
    ):
        file = LandingFile(landing, source, table, f"{day}-{name}")
        write_bytes(content, file.path)
        books.append(Dirt(kind, source, table, file.relative, outcome, expected))
    return books


def _noise(day: date) -> bytes:
    return hashlib.shake_256(str(day).encode()).digest(4096)


def _half_a_parquet_file(engine: Engine, day: date) -> bytes:
    whole = engine.scratch / "whole.parquet"
    write_query(
        engine,
        f"select concat('dirt-cut-', number) as event_id, timestamp '{day} 00:40:00' as occurred_at, "
        f"'{ADDRESS}' as recipient, 'delivered' as event_type from range(2000) as numbers (number)",
        whole,
        "parquet",
    )
    content = whole.read_bytes()
    return content[: len(content) // 2]


def _plant_odd_values(engine: Engine, landing: Path, day: date) -> list[Dirt]:
    """A sound Parquet file whose typed values are wrong."""
    moments = {
        "future_date": "timestamp '2099-12-31'",
        "ancient_date": "timestamp '1970-01-01'",
        "older_than_computers": "timestamp '1900-01-01'",
        "empty_required_value": "null",
    }
    rows = ", ".join(
        f"('dirt-{day:%Y%m%d}-typed-{kind}', {moment}, '{ADDRESS}', 'delivered', timestamp '{day} 00:45:00')"
        for kind, moment in moments.items()
    )
    columns = "event_id, occurred_at, recipient, event_type, loaded_at"
    file = LandingFile(landing, "email", "events", f"{day}-odd.parquet")
    write_query(engine, f"select * from (values {rows}) as odd ({columns}) order by event_id", file.path, "parquet")
    return [
        Dirt(kind, "email", "events", file.relative, "quarantined", 1, f"dirt-{day:%Y%m%d}-typed-{kind}")
        for kind in moments
    ]
