"""``python -m orchestration.compare``: what changed seeds would do, before anything is published or sent."""

from __future__ import annotations

import argparse
import sys
from datetime import UTC, datetime

from orchestration.compare.differences import Comparison, compare, scoring_models
from orchestration.compare.report import as_text, write_file
from orchestration.compare.sides import (
    CompareError,
    Side,
    changed_seeds,
    last_as_of,
    project_at,
    require_duckdb,
    score,
    side,
)
from orchestration.home import DBT_PROJECT, Home
from orchestration.locks import Busy, say_to_stdout
from orchestration.project import ProjectError


def main(arguments: list[str] | None = None) -> int:
    """Compare, print, write the file. 0 when the comparison was made, 1 when it could not be."""
    parser = argparse.ArgumentParser(prog="python -m orchestration.compare", description=__doc__)
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--against", metavar="REVISION", default="HEAD", help="git revision of the seeds before (HEAD)")
    what.add_argument("--models", nargs=2, metavar=("BEFORE", "AFTER"), help="two scoring models instead")
    parser.add_argument("--as-of", type=_utc, help="ISO 8601 time (default: that of the warehouse's scores)")
    options = parser.parse_args(arguments)
    home = Home.from_environment()
    try:
        require_duckdb()
        as_of = options.as_of or last_as_of(home)
        comparisons = _models(home, options.models, as_of) if options.models else _seeds(home, options.against, as_of)
    except (CompareError, ProjectError, Busy, ValueError) as error:
        print(f"compare: {error}", file=sys.stderr)
        return 1
    if not comparisons:
        return 0
    for comparison in comparisons:
        print(f"\n{as_text(comparison)}")
    path = home.root / "compare" / "changed_leads.csv"
    print(f"\n{write_file(comparisons, path):,} rows in {path}; nothing was published or sent")
    return 0


def _seeds(home: Home, revision: str, as_of: datetime) -> list[Comparison]:
    before = side(home, "before", project_at(home, revision))
    after = side(home, "after", DBT_PROJECT)
    changed = changed_seeds(before.project, after.project)
    if not changed:
        print(f"no scoring seed differs from {revision}: change a weight in dbt_project/seeds/scoring first")
        return []
    print(f"seeds that differ from {revision}: {', '.join(changed)}")
    # the side that somebody is editing first: that is the one that dbt may refuse
    _score(home, [after, before], as_of)
    models_before, models_after = scoring_models(before), scoring_models(after)
    for name in sorted(set(models_before) ^ set(models_after)):
        print(f"{name}: scored on one side only, not compared")
    return [compare(before, after, name, name) for name in models_after if name in models_before]


def _models(home: Home, names: list[str], as_of: datetime) -> list[Comparison]:
    after = side(home, "after", DBT_PROJECT)
    _score(home, [after], as_of)
    known = scoring_models(after)
    for name in names:
        if name not in known:
            raise CompareError(
                f"'{name}' is no active scoring model; seeds/scoring/scoring_models.csv has: {', '.join(known)}"
            )
    return [compare(after, after, names[0], names[1])]


def _score(home: Home, sides: list[Side], as_of: datetime) -> None:
    score(home, {each.name: each for each in sides}, as_of, say_to_stdout)


def _utc(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"'{text}' is not an ISO 8601 time such as 2026-10-01T00:00:00Z") from error
    return moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment


if __name__ == "__main__":
    sys.exit(main())
