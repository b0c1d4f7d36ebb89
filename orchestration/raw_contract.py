"""The contract of the raw tables, read from the dbt sources: there is no second copy of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from orchestration.home import DBT_PROJECT

DATA_TYPES = ("varchar", "timestamp", "double", "bigint", "boolean")

# The same safe loader in C, where PyYAML was built with it: ten times as fast.
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class ContractError(ValueError):
    """A `_<source>__sources.yml` says something that landing cannot keep."""


@dataclass(frozen=True)
class RawColumn:
    """One column of a raw table: lower-case name, one of `DATA_TYPES`, and whether every file must have it."""

    name: str
    data_type: str
    required: bool


@dataclass(frozen=True)
class RawTable:
    """One raw table, and what its files may hold."""

    source: str
    name: str
    columns: tuple[RawColumn, ...]

    @property
    def full_name(self) -> str:
        """`source.table`, as people write it."""
        return f"{self.source}.{self.name}"

    @property
    def keeps_extra_columns(self) -> bool:
        """Whether unknown columns are kept, as one JSON object a row in `extra_columns`."""
        return self.full_name == "crm.leads"

    @property
    def required(self) -> tuple[str, ...]:
        """The names of the columns without which a file is held back."""
        return tuple(column.name for column in self.columns if column.required)

    @property
    def raw_columns(self) -> tuple[RawColumn, ...]:
        """All columns of the raw table: the contract's, and those that landing adds."""
        added = [RawColumn("source_row_number", "bigint", False)]
        if self.keeps_extra_columns:
            added.append(RawColumn("extra_columns", "varchar", False))
        return (*self.columns, *added)


def raw_tables(dbt_project: Path = DBT_PROJECT) -> dict[tuple[str, str], RawTable]:
    """Every raw table by (source, table).

    Raises:
        ContractError: when a sources file is unreadable or names an unknown type; says file, table and column.
    """
    files = sorted((dbt_project / "models" / "staging").glob("*/_*__sources.yml"))
    if not files:
        raise ContractError(f"no models/staging/<source>/_<source>__sources.yml under {dbt_project}")
    return {(table.source, table.name): table for file in files for table in _tables(file)}


def _tables(file: Path) -> Iterator[RawTable]:
    try:
        for source in yaml.load(file.read_text(encoding="utf-8"), Loader=_LOADER)["sources"]:  # noqa: S506
            for table in source["tables"]:
                columns = tuple(_column(entry, f"{source['name']}.{table['name']}") for entry in table["columns"])
                yield RawTable(source["name"], table["name"], columns)
    except ContractError as error:
        raise ContractError(f"{file.name}: {error}") from error
    except (yaml.YAMLError, KeyError, TypeError) as error:
        raise ContractError(f"{file.name} is not a list of dbt sources, tables and columns: {error!r}") from error


def _column(entry: dict[str, Any], table: str) -> RawColumn:
    name, data_type = str(entry["name"]), str(entry["data_type"]).lower()
    if data_type not in DATA_TYPES:
        raise ContractError(f"{table}.{name}: data_type {data_type} is not one of {', '.join(DATA_TYPES)}")
    meta = entry.get("config", {}).get("meta", {})
    return RawColumn(name, data_type, bool(meta.get("required", False)))
