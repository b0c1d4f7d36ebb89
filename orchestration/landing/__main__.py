"""`python -m orchestration.landing`: register all new landing files."""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

from orchestration.home import Home
from orchestration.landing.load import LoadReport, Progress, register
from orchestration.locks import Busy
from orchestration.raw_contract import ContractError

_SECONDS_BETWEEN_LINES = 2.0


def main(arguments: list[str] | None = None) -> int:
    """Run one load and print what it did; the exit code says whether something needs a person."""
    parser = argparse.ArgumentParser(prog="python -m orchestration.landing", description=__doc__)
    parser.add_argument("--home", type=Path, help="the state folder (default: LEADHOUSE_HOME, else var/)")
    parser.add_argument("--strict", action="store_true", help="exit 1 when a new file was not accepted or not readable")
    options = parser.parse_args(arguments)
    home = Home(options.home.resolve()) if options.home else Home.from_environment()
    try:
        report = register(home, on_progress=_Ticker().show, say=_say)
    except (ContractError, Busy, OSError) as error:
        print(f"landing failed: {error}", file=sys.stderr)
        return 2
    print("\n".join(lines_of(report)))
    return 1 if options.strict and (report.problems or report.unread) else 0


def lines_of(report: LoadReport) -> list[str]:
    """The report as a person reads it: a line for each table, then a line for each file that needs a cure."""
    lines = [f"repaired: load {load_id} had been killed; its files were removed" for load_id in report.repaired]
    lines.append(f"load {report.load_id}" if report.load_id else "nothing new in landing")
    for table in report.tables():
        name = f"{table.source}.{table.table}"
        rejected = f"  {table.rejected:>9,} rejected" if table.rejected else ""
        lines.append(f"  {name:<28} {table.files:>5,} files  {table.rows:>13,} rows{rejected}")
    for file in report.problems:
        column = f" column {file.column_name}:" if file.column_name else ""
        lines.append(
            f"{file.status.replace('_', ' ')}: {printable(file.landing_path)}:{column} {printable(file.reason or '')}"
        )
    lines.extend(f"not read: {printable(unread.landing_path)}: {printable(unread.reason)}" for unread in report.unread)
    return lines


def printable(text: str) -> str:
    """Text of others without line breaks and control characters, so that no name can forge a line."""
    return "".join(character if character.isprintable() else ascii(character)[1:-1] for character in text)


def _say(message: str) -> None:
    print(message, file=sys.stderr, flush=True)


class _Ticker:
    """Shows progress now and then, so that short runs stay silent."""

    def __init__(self) -> None:
        self._next = time.monotonic() + _SECONDS_BETWEEN_LINES

    def show(self, progress: Progress) -> None:
        if time.monotonic() >= self._next and progress.landing_path:
            _say(f"landing: file {progress.done + 1} of {progress.total}: {printable(progress.landing_path)}")
            self._next = time.monotonic() + _SECONDS_BETWEEN_LINES


if __name__ == "__main__":
    sys.exit(main())
