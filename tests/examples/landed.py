"""The landing files that a mapping makes of a data folder, as tables."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pandas as pd

from examples.mapping import open_source, write_landing
from examples.run import Example


def land(example: Example, data: Path, landing: Path) -> dict[str, pd.DataFrame]:
    """Run the mappings and read back every landing file, by raw table."""
    with open_source(example.folder, data, example.as_of) as source:
        written = write_landing(source, example.folder, landing)
    with duckdb.connect() as reader:
        return {
            table: reader.read_parquet(str(landing / table.replace(".", "/") / f"{example.name}.parquet")).df()
            for table in written
        }


def assert_same(left: dict[str, pd.DataFrame], right: dict[str, pd.DataFrame]) -> None:
    assert left.keys() == right.keys()
    for table, rows in left.items():
        pd.testing.assert_frame_equal(rows, right[table], obj=table)
