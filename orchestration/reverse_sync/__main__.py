"""`python -m orchestration.reverse_sync`: send what differs, or only show it."""

from __future__ import annotations

import argparse
import sys
from collections import Counter

from orchestration.engines.warehouse import EngineError
from orchestration.gate import Unsound
from orchestration.home import Home
from orchestration.locks import Busy, warehouse_reader
from orchestration.progress import Progress
from orchestration.project import Manifest, ProjectError, read_manifest
from orchestration.reverse_sync.differences import BadDifference, known_values, read_differences, without_settled
from orchestration.reverse_sync.protocol import DestinationError
from orchestration.reverse_sync.push import destination_name, journal, push

REFUSALS = (Unsound, DestinationError, BadDifference, Busy, EngineError, ProjectError, FileNotFoundError, ValueError)


def main(arguments: list[str] | None = None) -> int:
    """Run one sync. Exit code 1: nothing could be sent; 2: some records were not accepted."""
    parser = argparse.ArgumentParser(
        prog="python -m orchestration.reverse_sync",
        description="Send to the CRM what differs from what it is known to hold, unless the last build is not sound.",
        epilog="LEADHOUSE_DESTINATION is `file` (default: CSV files under outbox/) or `odoo`.",
    )
    parser.add_argument("--dry-run", action="store_true", help="print the difference and send nothing")
    parser.add_argument("--limit", type=int, default=20, help="records to show in a dry run (default: 20)")
    options = parser.parse_args(arguments)
    home = Home.from_environment()
    try:
        manifest = read_manifest(home)
        if options.dry_run:
            print_differences(home, manifest, options.limit)
            return 0
        report = push(home, manifest, on_progress=Progress("sync").show)
    except (
        Unsound,
        DestinationError,
        BadDifference,
        Busy,
        EngineError,
        ProjectError,
        FileNotFoundError,
        ValueError,
    ) as problem:
        print(problem, file=sys.stderr)
        return 1
    print(report.sentence())
    return 0 if report.sent == report.accepted else 2


def print_differences(home: Home, manifest: Manifest, limit: int) -> None:
    """Print what a sync would send, and send nothing.

    Args:
        home: whose warehouse.
        manifest: of the dbt project.
        limit: how many records to show.

    Raises:
        Unsound: when the gate is closed: then a sync would send nothing either.
    """
    name = destination_name()
    with warehouse_reader(home, "reading what differs") as warehouse:
        differences = read_differences(warehouse, manifest, name)
        known = known_values(warehouse, manifest)
    settled = journal(home).settled(name, differences.known)
    changes = without_settled(differences.changes, settled)
    for change in changes[:limit]:
        print(f"{change.object} {change.record_id} (lead {change.lead_id})")
        for field, value in change.values.items():
            before = known.get((change.object, change.record_id, field))
            print(f"    {field:<24} {_shown(before)} -> {_shown(value)}")
    if len(changes) > limit:
        print(f"... and {len(changes) - limit:,} more records (--limit shows more)")
    print(f"{len(changes):,} records differ; a sync would send them to {name}. Nothing was sent.")
    for field, count in sorted(Counter(field for change in changes for field in change.values).items()):
        print(f"    {field:<24} {count:>10,}")


def _shown(value: str | float | None) -> str:
    return "(nothing)" if value is None else f"{value:g}" if isinstance(value, float) else str(value)


if __name__ == "__main__":
    sys.exit(main())
