"""Which raw files there are, for the peers that are written in Python."""

from __future__ import annotations

from pathlib import Path

from pyarrow import parquet

# Text may have these at its ends, and then they do not count.
BLANKS = " \t\n\r\xa0"
ADDRESS = r"^[^@, ]+@[^@, ]+[.][^@, .]+$"
NUMBER = r"^[-+]?[$€£]? ?(?:[0-9]+|[0-9]{1,3}(?:,[0-9]{3})+)?(?:[.][0-9]*)?(?:[eE][-+]?[0-9]{1,2})?$"
# Columns that are no text in the contract
TYPED = ("occurred_at", "loaded_at", "dwell_seconds")


def raw_files(folder: Path) -> list[Path]:
    """The files of a raw table, in the order of their ids; the empty contract, which has every column, comes last."""
    return sorted(folder.rglob("*.parquet"), key=lambda file: (file.stem == "contract", file.stem, str(file)))


def by_type(folder: Path) -> tuple[list[Path], list[Path]]:
    """The files of a table of events whose columns have the contract's types, and those that must be read as text."""
    files = raw_files(folder)
    contract = parquet.read_schema(files[-1])
    typed: list[Path] = []
    text: list[Path] = []
    for file in files:
        schema = parquet.read_schema(file)
        is_typed = all(
            schema.field(name).type == contract.field(name).type
            for name in TYPED
            if name in schema.names and name in contract.names
        )
        (typed if is_typed else text).append(file)
    return typed, text


def load_time(file: Path) -> str:
    """When the file was landed, as ``YYYYMMDDTHHMMSSffffff``."""
    return file.parent.name.removeprefix("load_id=").removesuffix("Z")
