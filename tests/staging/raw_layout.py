"""Writes raw tables in the layout that landing leaves behind, from rows given in a test.

The columns of every table come from the sources' contract; a value keeps the type that the test gives it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb
import yaml

STAGING = Path(__file__).resolve().parents[2] / "dbt_project" / "models" / "staging"
CONTRACT_LOAD = "00000000T000000000000Z"
LANDING_COLUMNS = {"source_row_number": "bigint"}
EXTRA_COLUMNS = {("crm", "leads"): {"extra_columns": "varchar"}}

Row = Mapping[str, Any]


def contracts() -> dict[tuple[str, str], dict[str, str]]:
    """Columns and types of every raw table, by source and table name."""
    tables: dict[tuple[str, str], dict[str, str]] = {}
    for path in sorted(STAGING.glob("*/_*__sources.yml")):
        for source in yaml.safe_load(path.read_text(encoding="utf-8"))["sources"]:
            for table in source["tables"]:
                columns = {column["name"]: column["data_type"] for column in table["columns"]}
                tables[source["name"], table["name"]] = columns
    return tables


class RawLayout:
    """The `raw` folder of one LEADHOUSE_HOME."""

    def __init__(self, home: Path) -> None:
        """Write the contract file of every table, so that each of them can be read and is empty."""
        self._raw = home / "raw"
        self._register: dict[str, list[Row]] = {}
        self._rejected: dict[str, list[Row]] = {}
        for (source, table), columns in contracts().items():
            all_columns = columns | LANDING_COLUMNS | EXTRA_COLUMNS.get((source, table), {})
            empty = ", ".join(f"cast(null as {kind}) as {name}" for name, kind in all_columns.items())
            self._write(source, table, CONTRACT_LOAD, "contract", f"select {empty} where false")

    def add(self, source: str, table: str, load_id: str, file_id: str, rows: Sequence[Row], rejected: int = 0) -> None:
        """Write one raw file and note it for the register.

        Args:
            source: source name, such as `crm`.
            table: table name, such as `leads`.
            load_id: the load, `YYYYMMDDTHHMMSSffffffZ`.
            file_id: name of the file without its suffix.
            rows: all with the same columns; the DuckDB type of a column is that of its Python values.
            rejected: how many lines of the file could not be taken apart.
        """
        values = ", ".join(f"({', '.join('?' for _ in row)})" for row in rows)
        names = ", ".join(rows[0])
        cells = [cell for row in rows for cell in row.values()]
        self._write(source, table, load_id, file_id, f"select * from (values {values}) as rows ({names})", cells)
        registered_at = f"{load_id[:4]}-{load_id[4:6]}-{load_id[6:8]} {load_id[9:11]}:{load_id[11:13]}:{load_id[13:15]}"
        entry = {"file_id": file_id, "source": source, "table_name": table, "registered_at": registered_at}
        landing_path = f"{source}/{table}/{file_id}.csv"
        raw_path = f"raw/{source}/{table}/load_id={load_id}/{file_id}.parquet"
        self._register.setdefault(load_id, []).append(
            entry
            | {"landing_path": landing_path, "format": "csv", "status": "accepted", "bytes": 100, "raw_path": raw_path}
            | {"row_count": len(rows), "rejected_count": rejected}
        )
        for line in range(rejected):
            self._rejected.setdefault(load_id, []).append(
                entry | {"row_number": len(rows) + line + 1, "reason": "wrong number of cells", "raw_value": "a,b,c"}
            )

    def register(self) -> None:
        """Write the register of all loads."""
        for table, loads in (("files", self._register), ("rejected_rows", self._rejected)):
            kinds = contracts()["landing", table]
            for load_id, entries in loads.items():
                rows = " union all ".join(
                    "select " + ", ".join(f"cast(? as {kind}) as {name}" for name, kind in kinds.items())
                    for _ in entries
                )
                cells = [entry.get(name) for entry in entries for name in kinds]
                self._write("landing", table, load_id, f"register_{load_id}", rows, cells)

    def _write(
        self, source: str, table: str, load_id: str, file_id: str, query: str, cells: Sequence[Any] = ()
    ) -> None:
        folder = self._raw / source / table / f"load_id={load_id}"
        folder.mkdir(parents=True, exist_ok=True)
        with duckdb.connect() as connection:
            connection.execute("set TimeZone = 'UTC'")
            connection.execute(f"create table rows as {query}", list(cells))
            connection.execute(f"copy rows to '{folder / file_id}.parquet' (format parquet)")
