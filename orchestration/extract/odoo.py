"""Brings what changed in Odoo into landing. What was read is the only state: after a kill, just run again.

What is read waits in files of their own until it is handed over: landing leaves names that end in `.part` alone.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb

from orchestration.extract.odoo_tables import TABLES, OdooTable, Row
from orchestration.files import put_in_place, write_whole
from orchestration.home import Home
from orchestration.locks import Busy, exclusive
from orchestration.odoo import ARCHIVED_TOO, Odoo, OdooError
from orchestration.progress import Progress

PAGE = 5000
"""Records a file: what a killed run loses at most."""
OVERLAP = timedelta(minutes=5)
"""How long a transaction of Odoo may take: it stamps records with its beginning, and shows them at its end."""
ODOO_TIME = "%Y-%m-%d %H:%M:%S"
NAME_TIME = "%Y%m%dT%H%M%S"
FILE_NAME = re.compile(r"odoo_(?P<database>[0-9a-f]{8})_(?P<cursor>\d{8}T\d{6})_\d{8}T\d{12}\.jsonl(\.part)?")
WAITING = ".part"

OnProgress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class TableReport:
    """What an extraction brought of one table.

    Attributes:
        table: the raw table.
        changed: rows that are new or differ from what was landed.
        deleted: rows that say that a record is gone.
        files: the files, in order, as they wait.
    """

    table: str
    changed: int
    deleted: int
    files: tuple[Path, ...]


class _Landed:
    """What was read of one table by earlier extractions, landed or waiting."""

    def __init__(self, folder: Path, key: str) -> None:
        names = [
            (path, match) for path in sorted(folder.glob("odoo_*.jsonl*")) if (match := FILE_NAME.fullmatch(path.name))
        ]
        self.files = [str(path) for path, _ in names]
        self.databases = {match["database"] for _, match in names}
        cursors = [datetime.strptime(match["cursor"], NAME_TIME) for _, match in names]
        self.cursor = max(cursors, default=datetime.min)
        self._key = key

    def records(self) -> dict[int, tuple[str, str, bool]]:
        """The last row of each record: when Odoo says it changed, when we read it, whether it is gone."""
        rows = self._last(
            "last ->> 'updated_at', last ->> 'loaded_at', coalesce((last ->> 'is_deleted')::boolean, false)"
        )
        return {int(record): (updated_at, loaded_at, is_deleted) for record, updated_at, loaded_at, is_deleted in rows}

    def rows(self, ids: Sequence[int]) -> dict[int, Row]:
        """The last rows of some records, whole."""
        return {int(record): json.loads(row) for record, row in self._last("last::varchar", ids)} if ids else {}

    def _last(self, columns: str, ids: Sequence[int] | None = None) -> list[tuple[Any, ...]]:
        if not self.files:
            return []
        chosen = "" if ids is None else "where list_contains($ids, id::bigint)"
        query = f"""
            with landed as (
                select json ->> '{self._key}' as id, json from read_ndjson_objects($files)
            ),
            last_rows as (
                select id, arg_max(json, json ->> 'loaded_at') as last from landed {chosen} group by id
            )
            select id, {columns} from last_rows
        """
        parameters: dict[str, Any] = {"files": self.files} | ({} if ids is None else {"ids": list(ids)})
        with duckdb.connect() as connection:
            return connection.execute(query, parameters).fetchall()


def extract(home: Home, odoo: Odoo, on_progress: OnProgress = lambda table, done, total: None) -> list[TableReport]:
    """Read the rows of Odoo that are new, changed or gone since the last extraction; `hand_over` lands them.

    Args:
        home: whose landing.
        odoo: a user who may read the records and the identity of the database (group Settings).
        on_progress: told table, records read and records to read, after each page.

    Returns:
        one report a table.

    Raises:
        OdooError: when Odoo does not answer or refuses, or is another database than the one that was landed.
            Pages that were read stay; the next run goes on from there.
        Busy: when another extraction does not end.
    """
    with exclusive(home.root / "extract.lock", "an extraction from Odoo"):
        identity = str(odoo.call("ir.config_parameter", "get_param", "database.uuid"))[:8]
        return [_extract_table(home, odoo, table, identity, on_progress) for table in TABLES]


def hand_over(home: Home) -> None:
    """Let landing see what was read.

    Raises:
        Busy: when an extraction is going on, which knows its files by their names.
    """
    with exclusive(home.root / "extract.lock", "handing over what was extracted", wait_seconds=0):
        for table in TABLES:
            for waiting in sorted((home.landing / "crm" / table.table).glob(f"odoo_*{WAITING}")):
                put_in_place(waiting, waiting.with_suffix(""))


def _extract_table(home: Home, odoo: Odoo, table: OdooTable, identity: str, on_progress: OnProgress) -> TableReport:
    folder = home.landing / "crm" / table.table
    landed = _Landed(folder, table.key)
    if landed.databases - {identity}:
        raise OdooError(
            "other_database",
            f"{folder} holds rows of another Odoo database, whose ids mean other records: use another LEADHOUSE_HOME",
        )
    known = landed.records()
    since = landed.cursor - OVERLAP if landed.files else None
    writer = _Writer(folder, identity)

    listed = odoo.call(
        table.model, "search_read", _since(table, since), ["write_date"],
        order="write_date, id", context=ARCHIVED_TOO,
    )  # fmt: skip
    due = [record for record in listed if not _is_settled(record, known)]
    types = odoo.fields(table.model)
    fields = table.fields(types)
    tag_names = {
        tag["id"]: tag["name"] for tag in odoo.call(table.tags, "search_read", [], ["name"], context=ARCHIVED_TOO)
    }
    changed, cursor, done = 0, landed.cursor, 0
    for page in (due[start : start + PAGE] for start in range(0, len(due), PAGE)):
        ids, read_at = [record["id"] for record in page], datetime.now(UTC)
        records = odoo.read(table.model, ids, fields)
        rows = [table.row(records[record], types, tag_names) for record in ids if record in records]
        rows = _differing(rows, landed.rows([record for record in ids if record in known]), table.key)
        # the time in the list, not in the row: a row that changed since would carry the cursor past rows not read yet
        cursor = max(cursor, datetime.strptime(page[-1]["write_date"], ODOO_TIME))
        writer.write(rows, cursor, read_at)
        changed, done = changed + len(rows), done + len(page)
        on_progress(table.table, done, len(due))

    gone = _gone(odoo, table, known)
    now = datetime.now(UTC)
    tombstones = [
        {**row, "is_deleted": True, "updated_at": now.strftime(ODOO_TIME)} for row in landed.rows(sorted(gone)).values()
    ]
    writer.write(tombstones, cursor, now)
    return TableReport(table.table, changed, len(tombstones), tuple(writer.files))


def _since(table: OdooTable, since: datetime | None) -> list[Any]:
    condition = ["write_date", "!=", False] if since is None else ["write_date", ">=", since.strftime(ODOO_TIME)]
    return [*table.domain, condition]


def _is_settled(record: Mapping[str, Any], known: Mapping[int, tuple[str, str, bool]]) -> bool:
    """True if this state of the record was read so late that no transaction of that second can have come after."""
    if record["id"] not in known:
        return False
    updated_at, loaded_at, _ = known[record["id"]]
    read_after = datetime.fromisoformat(loaded_at) - datetime.strptime(record["write_date"], ODOO_TIME)
    return bool(updated_at == record["write_date"] and read_after > OVERLAP)


def _differing(rows: Iterable[Row], landed: Mapping[int, Row], key: str) -> list[Row]:
    """The rows that are not landed yet just as they are."""
    return [row for row in rows if row != {k: v for k, v in landed.get(int(row[key]), {}).items() if k != "loaded_at"}]


def _gone(odoo: Odoo, table: OdooTable, known: Mapping[int, tuple[str, str, bool]]) -> set[int]:
    """The records that were landed and are no longer in Odoo, which deletes without a trace."""
    alive = {record for record, (_, _, is_deleted) in known.items() if not is_deleted}
    return alive - set(odoo.call(table.model, "search", table.domain, context=ARCHIVED_TOO)) if alive else set()


class _Writer:
    """Writes the files of one run. The name carries the cursor, so that a file and its cursor appear in one rename."""

    def __init__(self, folder: Path, identity: str) -> None:
        self.files: list[Path] = []
        self._folder = folder
        self._identity = identity

    def write(self, rows: Sequence[Row], cursor: datetime, read_at: datetime) -> None:
        if not rows:
            return
        stamp = read_at.strftime(f"{NAME_TIME}%f")
        path = self._folder / f"odoo_{self._identity}_{cursor.strftime(NAME_TIME)}_{stamp}.jsonl{WAITING}"
        loaded_at = read_at.strftime(f"{ODOO_TIME}.%f")
        lines = (json.dumps({**row, "loaded_at": loaded_at}, ensure_ascii=False) for row in rows)
        write_whole(path, "".join(f"{line}\n" for line in lines))
        self.files.append(path)


def main(arguments: list[str] | None = None) -> int:
    """The command ``python -m orchestration.extract.odoo``; gives the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m orchestration.extract.odoo",
        description="Land the leads and contacts of Odoo that are new, changed or gone since the last time.",
        epilog="Odoo is the one of LEADHOUSE_ODOO_URL, _DATABASE, _USER and _PASSWORD; see docs/odoo.md.",
    )
    parser.parse_args(arguments)
    stages = {table.table: Progress(table.table) for table in TABLES}
    try:
        home = Home.from_environment()
        reports = extract(home, Odoo.from_environment(), lambda table, *done: stages[table].show(*done))
        hand_over(home)
    except (OdooError, Busy, OSError) as problem:
        print(f"extraction from Odoo: {problem}", file=sys.stderr)
        return 1
    for report in reports:
        print(f"crm.{report.table}: {report.changed:,} changed, {report.deleted:,} deleted, {len(report.files)} files")
    return 0


if __name__ == "__main__":
    sys.exit(main())
