"""`python -m orchestration.reverse_sync`: send what differs, or only show it."""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from datetime import UTC, datetime

from orchestration.engines.warehouse import EngineError
from orchestration.gate import Unsound
from orchestration.home import Home
from orchestration.locks import Busy, warehouse_reader
from orchestration.progress import Progress
from orchestration.project import Manifest, ProjectError, read_manifest
from orchestration.reverse_sync.differences import BadDifference, read_differences, sort_out
from orchestration.reverse_sync.lists import write_lists
from orchestration.reverse_sync.policy import BadPolicy
from orchestration.reverse_sync.protocol import DestinationError, Value
from orchestration.reverse_sync.push import (
    TooMuchChanged,
    destination_name,
    journal,
    push,
    stop_if_too_much_changes,
)

REFUSALS = (
    Unsound,
    DestinationError,
    BadDifference,
    BadPolicy,
    TooMuchChanged,
    Busy,
    EngineError,
    ProjectError,
    FileNotFoundError,
    ValueError,
)


def main(arguments: list[str] | None = None) -> int:
    """Run one sync. Exit code 1: nothing could be sent; 2: some records were not accepted, or the run was stopped."""
    parser = argparse.ArgumentParser(
        prog="python -m orchestration.reverse_sync",
        description="Send to the CRM what differs from what it is known to hold, unless the last build is not sound.",
        epilog="LEADHOUSE_DESTINATION is `file` (default: CSV files under outbox/), `odoo`, `salesforce` or `hubspot`.",
    )
    parser.add_argument("--dry-run", action="store_true", help="print the difference field by field and send nothing")
    parser.add_argument("--only", metavar="LEAD", help="the rows of this lead alone")
    parser.add_argument("--limit", type=_positive, metavar="N", help="at most so many records")
    parser.add_argument(
        "--again", action="store_true", help="also what was refused or given up with the same values, or is not due yet"
    )
    parser.add_argument(
        "--go", action="store_true", help="although so much has changed, or was rejected, that a sync stops"
    )
    parser.add_argument("--lists", action="store_true", help="write nurture's lists of what is due, and send nothing")
    options = parser.parse_args(arguments)
    home = Home.from_environment()
    try:
        manifest = read_manifest(home)
        if options.dry_run:
            print_differences(home, manifest, options.only, options.limit, options.again)
            return 0
        if options.lists:
            for name, steps in write_lists(home, manifest).items():
                print(f"{name:<12} {steps:>8,} steps")
            return 0
        report = push(
            home,
            manifest,
            on_progress=Progress("sync").show,
            only=options.only,
            limit=options.limit,
            again=options.again,
            go=options.go,
        )
    except REFUSALS as problem:
        print(problem, file=sys.stderr)
        return 1
    print(report.sentence())
    return 0 if report.is_complete else 2


def print_differences(
    home: Home, manifest: Manifest, only: str | None = None, limit: int | None = None, again: bool = False
) -> None:
    """Print what a sync would send, field by field, and send nothing.

    Args:
        home: whose warehouse.
        manifest: of the dbt project.
        only: the one lead to show.
        limit: how many records to show; all without it.
        again: show also what rests.

    Raises:
        Unsound: when the gate is closed: then a sync would send nothing either.
    """
    name = destination_name()
    with warehouse_reader(home, "reading what differs") as warehouse:
        differences = read_differences(warehouse, manifest, name, only)
    unknown = journal(home).unknown_rows(name, differences.known)
    due = sort_out(differences, unknown, datetime.now(UTC), again or bool(only))
    for change in due.changes[:limit]:
        print(f"{change.object} {change.record_id} (lead {change.lead_id})")
        for field, value in change.values.items():
            print(f"    {field:<24} {_shown(differences.before[change.key][field])} -> {_shown(value)}")
    if limit is not None and len(due.changes) > limit:
        print(f"... and {len(due.changes) - limit:,} more records")
    print(f"{len(due.changes):,} records differ; a sync would send them to {name}. Nothing was sent.")
    for field, count in sorted(Counter(field for change in due.changes for field in change.values).items()):
        print(f"    {field:<24} {count:>10,}")
    for outcome, count in sorted(due.resting.items()):
        print(f"    not sent, {outcome:<14} {count:>10,}")
    for reason, count in differences.withheld.items():
        print(f"    withheld, {reason:<14} {count:>10,}")
    try:
        stop_if_too_much_changes(differences, due.changes)
    except TooMuchChanged as reason:
        print(f"But a sync would stop:\n{reason}")


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("give a number from 1")
    return number


def _shown(value: Value) -> str:
    return "(nothing)" if value is None else f"{value:g}" if isinstance(value, float) else str(value)


if __name__ == "__main__":
    sys.exit(main())
