"""One example from its files to its grades: map, land, build with the example's seeds, compare with the outcome."""

from __future__ import annotations

import argparse
import shutil
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from examples.mapping import MappingError, open_source, read_outcomes, write_landing
from examples.project import StepError, copy_with_seeds, run_dbt_build, run_landing
from examples.report import Report, ReportError, format_report, make_report
from orchestration.home import Home

EXAMPLES = Path(__file__).resolve().parent
# Marks a folder as ours, so that the next run may empty it.
MARKER = ".leadhouse-example"


class UsageError(RuntimeError):
    """Something that was asked for cannot be; says what to give instead."""


@dataclass(frozen=True)
class Example:
    """A data set and how it is run.

    `inputs` are files that must be there, relative to the data folder; `as_of` is the as-of time (ISO 8601, UTC);
    `matrix_group` is the group of leads whose grades the report lays out.
    """

    name: str
    title: str
    inputs: tuple[str, ...]
    as_of: str
    matrix_group: str

    @property
    def folder(self) -> Path:
        """Where its mapping, seeds and evaluation are."""
        return EXAMPLES / self.name


def run_example(example: Example, data: Path, home: Home) -> Report:
    """Map, land, build and report. The home is emptied first.

    Args:
        example: which one.
        data: the folder of its third-party files; only read.
        home: the folder to build in: empty, missing or made by an earlier run of the same example.

    Raises:
        UsageError: when an input is missing or the home is not ours to empty.
        MappingError, StepError, ReportError: when that step fails.
    """
    _check_inputs(example, data)
    _empty_home(example, home)
    with open_source(example.folder, data, example.as_of) as source:
        rows = write_landing(source, example.folder, home.landing)
        outcomes = read_outcomes(source, example.folder)
    _say("mapped: " + ", ".join(f"{count:,} {table}" for table, count in rows.items()))

    project = home.root / "project"
    replaced = copy_with_seeds(example.folder / "seeds", project)
    _say(f"seeds of the example: {', '.join(replaced)}")

    run_landing(home, project, example.as_of)
    started = time.monotonic()
    _say(f"building as of {example.as_of}")
    counts = run_dbt_build(home, project, example.as_of)
    _say(f"built and tested in {time.monotonic() - started:.0f} s: {counts}")

    with duckdb.connect(str(home.warehouse), read_only=True) as warehouse:
        return make_report(warehouse, outcomes)


def main(example: Example, arguments: Sequence[str] | None = None) -> int:
    """The command line of an example; returns the exit code."""
    parser = argparse.ArgumentParser(
        prog=f"python -m examples.{example.name}",
        description=f"{example.title}: map the files to the raw contract, score them, compare grades with the outcome.",
    )
    parser.add_argument("--data", type=Path, required=True, help=f"folder that holds {', '.join(example.inputs)}")
    parser.add_argument(
        "--home",
        type=Path,
        default=Home.from_environment().root / "examples" / example.name,
        help="folder to build in, emptied first (default: %(default)s)",
    )
    given = parser.parse_args(arguments)
    home = Home(given.home.expanduser().resolve())
    try:
        report = run_example(example, given.data.expanduser().resolve(), home)
    except (UsageError, MappingError, StepError, ReportError) as problem:
        print(f"error: {problem}", file=sys.stderr)
        return 1
    print(f"\n{format_report(report, example.matrix_group)}")
    print(f"\nthe grades are in marts.lead_scores of {home.warehouse}")
    return 0


def _check_inputs(example: Example, data: Path) -> None:
    missing = [name for name in example.inputs if not (data / name).is_file()]
    if missing:
        raise UsageError(f"{data} has no {', '.join(missing)}: give the folder of the data set with --data")


def _empty_home(example: Example, home: Home) -> None:
    marker = home.root / MARKER
    if home.root.exists() and not home.root.is_dir():
        raise UsageError(f"{home.root} is a file: give a folder with --home")
    if home.root.exists() and any(home.root.iterdir()):
        if not marker.is_file() or marker.read_text().strip() != example.name:
            raise UsageError(f"{home.root} is not empty and was not made by this example: give another --home")
        for entry in home.root.iterdir():
            if entry == marker:
                continue
            if entry.is_dir() and not entry.is_symlink():
                shutil.rmtree(entry)
            else:
                entry.unlink()
    home.root.mkdir(parents=True, exist_ok=True)
    marker.write_text(f"{example.name}\n")


def _say(message: str) -> None:
    print(message, flush=True)
