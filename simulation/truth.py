"""What really happened, in a folder that no model reads."""

from __future__ import annotations

import json
from dataclasses import astuple
from pathlib import Path

from simulation.dirt import Dirt
from simulation.engine import Engine
from simulation.files import write_bytes, write_query
from simulation.settings import Settings

MANIFEST = "simulation.json"
ORDERS = {"people": "record_type, record_id", "persons": "person_id", "devices": 'anonymous_id, "from"'}


def write_truth(engine: Engine, settings: Settings, truth: Path, event_parts: Path, dirt: list[Dirt]) -> None:
    """Write the truth tables; the manifest comes last, so that it vouches for all files before it."""
    engine.run("truth")
    for table, order in ORDERS.items():
        write_query(engine, f"select * from truth_{table} order by {order}", truth / f"{table}.parquet", "parquet")
    suffix = f"-{settings.first_delivery}" if settings.first_day else ""
    parts = str(event_parts / "*.parquet").replace("'", "''")
    write_query(engine, f"select * from read_parquet('{parts}')", truth / f"events{suffix}.parquet", "parquet")
    engine.connection.execute(
        "create or replace temp table dirt (kind varchar, source varchar, table_name varchar, file varchar, "
        "outcome varchar, expected bigint, detail varchar)"
    )
    if dirt:
        engine.connection.executemany("insert into dirt values (?, ?, ?, ?, ?, ?, ?)", [astuple(each) for each in dirt])
    write_query(engine, "select * from dirt order by all", truth / f"dirt{suffix}.parquet", "parquet")
    write_manifest(settings, truth, str(settings.last_delivery))


def write_manifest(settings: Settings, truth: Path, delivered_until: str | None) -> None:
    """Say which simulation the folder holds; `delivered_until` is None while its first days are being written."""
    manifest = {"settings": settings.identity(), "delivered_until": delivered_until}
    write_bytes((json.dumps(manifest, indent=2) + "\n").encode(), truth / MANIFEST)
