"""Runs the dbt project on DuckDB or on Spark, on the raw files of one state folder."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from orchestration.home import DBT_PROJECT, Home
from orchestration.project import DBT
from scale_out.connection import Thrift
from scale_out.raw_tables import described_raw_tables

# what systems allow for one argument of a command, less a reserve
LONGEST_ARGUMENT = 100_000


class BuildError(RuntimeError):
    """dbt failed; carries the end of what it said."""


@dataclass(frozen=True)
class Project:
    """The dbt project for one state folder and engine.

    Attributes:
        home: the state folder; its raw files are read.
        thrift: the Spark to build on; DuckDB when there is none.
    """

    home: Home
    thrift: Thrift | None = None

    @property
    def target_folder(self) -> Path:
        """Where dbt writes its manifest, results and log."""
        return self.home.root / "dbt" / ("spark" if self.thrift else "duckdb")

    def load_raw_tables(self) -> None:
        """Tell Spark which raw tables there are, and which files they are made of now.

        Raises:
            BuildError: when Spark refuses.
            RawTypeError: when a raw file has a type that Spark does not know.
        """
        for tables in _batches(described_raw_tables(self.home)):
            self.dbt(None, "run-operation", "load_raw_tables", "--args", json.dumps({"tables": tables}))

    def dbt(self, as_of: str | None, *arguments: str) -> None:
        """Run a dbt command.

        Args:
            as_of: sets the clock (ISO 8601).
            arguments: such as "build".

        Raises:
            BuildError: when dbt fails.
        """
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(("LEADHOUSE_", "DBT_"))}
        where = self.thrift.environment if self.thrift else {"LEADHOUSE_TARGET": "duckdb"}
        environment = (
            inherited | where | {"LEADHOUSE_HOME": str(self.home.root), "DBT_SEND_ANONYMOUS_USAGE_STATS": "false"}
        )
        if as_of:
            environment["LEADHOUSE_AS_OF"] = as_of
        command = [str(DBT), "--no-use-colors", *arguments, "--project-dir", str(DBT_PROJECT)]
        command += ["--profiles-dir", str(DBT_PROJECT)]
        command += ["--target-path", str(self.target_folder), "--log-path", str(self.target_folder)]
        done = subprocess.run(command, cwd=DBT_PROJECT, env=environment, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            said = [line for line in (done.stdout + done.stderr).splitlines() if not line.lstrip().startswith("at ")]
            words = "\n".join(said[-60:])
            raise BuildError(f"dbt {arguments[0]} failed, log in {self.target_folder}/dbt.log:\n{words}")

    def manifest(self) -> dict[str, Any]:
        """The manifest of the last command."""
        content: dict[str, Any] = json.loads((self.target_folder / "manifest.json").read_bytes())
        return content

    def results(self) -> list[dict[str, Any]]:
        """What each node of the last command came to."""
        content: list[dict[str, Any]] = json.loads((self.target_folder / "run_results.json").read_bytes())["results"]
        return content


def _batches(tables: list[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    batch: list[dict[str, Any]] = []
    for table in tables:
        if len(json.dumps(table)) > LONGEST_ARGUMENT:
            raise BuildError(
                f"{table['source']}.{table['name']} has too many files for a view: let the loader keep it as a table"
            )
        if len(json.dumps([*batch, table])) > LONGEST_ARGUMENT:
            yield batch
            batch = []
        batch.append(table)
    yield batch
