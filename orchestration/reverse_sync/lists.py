"""Lists for the tools that mail, message and call: the steps of the nurture plan that are soon due, as CSV files.

A list is the state of now, replaced whole: a step is on it until the tool reports it or its time has passed.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from orchestration.files import write_whole
from orchestration.gate import require_sound
from orchestration.home import Home
from orchestration.locks import Say, say_to_stdout, warehouse_reader
from orchestration.project import Manifest
from orchestration.reverse_sync.differences import BadDifference, node_of, relation_of
from orchestration.reverse_sync.file import guard

LIST_MODEL = "sync_lists__due_steps"
LISTS = "contact_lists"
FILE = "due.csv"
_NAME = re.compile(r"[a-z0-9_]+")
# A spreadsheet makes a number of it and runs nothing; a tool could not dial one with an apostrophe.
_TELEPHONE = re.compile(r"\+[0-9 ()./-]+")


def list_nodes(manifest: Manifest) -> list[str]:
    """The unique ids of what the lists are made of."""
    return [node_of(manifest, LIST_MODEL), node_of(manifest, LISTS)]


def write_lists(home: Home, manifest: Manifest, say: Say = say_to_stdout) -> dict[str, int]:
    """Write every list to `outbox/lists/<list>/due.csv`; one that has no step is a file with its header alone.

    Args:
        home: whose warehouse and outbox.
        manifest: of the dbt project: it knows the columns.
        say: told when another process has to be waited for.

    Returns:
        How many steps are on each list.

    Raises:
        Unsound: when the gate is closed. The lists of before stay.
        BadDifference: when a list has a name that is no name of a folder.
    """
    model, lists = list_nodes(manifest)
    columns = list(manifest["nodes"][model]["columns"])
    with warehouse_reader(home, "writing the contact lists", say=say) as warehouse:
        require_sound(warehouse, manifest, [model, lists], to="write the contact lists")
        names = [name for (name,) in warehouse.rows(f"select list from {relation_of(warehouse, manifest, lists)}")]
        query = f"select {', '.join(columns)} from {relation_of(warehouse, manifest, model)} where list = ?"
        steps = {name: warehouse.rows(f"{query} order by earliest_at, lead_id", [name]) for name in names}
    if wrong := [name for name in names if not _NAME.fullmatch(name)]:
        raise BadDifference(
            f"seeds/nurture/contact_lists.csv: {wrong[0]!r} is no name of a list: small letters, digits, underscores"
        )
    folder = home.outbox / "lists"
    for name, rows in steps.items():
        write_whole(folder / name / FILE, _as_csv(columns, rows))
    _remove_others(folder, steps)
    return {name: len(rows) for name, rows in steps.items()}


def _remove_others(folder: Path, kept: Mapping[str, Any]) -> None:
    """A list that is no longer in the seed would be carried out for ever."""
    for file in folder.glob(f"*/{FILE}"):
        if file.parent.name not in kept:
            file.unlink()


def _as_csv(columns: list[str], rows: list[tuple[Any, ...]]) -> str:
    content = io.StringIO()
    writer = csv.writer(content, lineterminator="\r\n")
    writer.writerow(columns)
    writer.writerows([[_cell(value) for value in row] for row in rows])
    return content.getvalue()


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return f"{value.isoformat()}Z"
    text = str(value)
    return text if _TELEPHONE.fullmatch(text) else guard(text)
