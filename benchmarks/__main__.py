"""``python -m benchmarks``: how long a full build takes, how much memory it needs, and what of that is dbt's."""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from benchmarks.full_build import as_json, measure, table
from orchestration.files import write_whole

RESULTS = Path(__file__).parent / "results" / "latest.json"


def main() -> None:
    """Measure the sizes that were asked for, print the table, keep the figures."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--leads", type=int, nargs="+", default=[10_000, 100_000], help="sizes (100 events a lead)")
    parser.add_argument("--days", type=int, default=180, help="length of the simulated history")
    parser.add_argument("--keep", type=Path, help="folder for the files (default: a temporary one)")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        figures = [
            measure(leads, options.days, (options.keep or Path(temporary)) / str(leads)) for leads in options.leads
        ]
    print(table(figures))
    write_whole(RESULTS, as_json(figures))
    print(f"kept in {RESULTS}")


if __name__ == "__main__":
    main()
