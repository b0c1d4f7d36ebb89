"""``python -m benchmarks.peers NAME``: the same scores from the same raw files, by other means."""

from __future__ import annotations

import argparse
import csv
import importlib
import json
import resource
import shutil
import signal
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

# Rules that can speak against events of the web. In the seeds none of them taints an address, and the peers rely on it.
TAINT_NOBODY = {"network", "user_agent", "privacy_open"}
PEERS = {
    "hand": "benchmarks.peers.duckdb_by_hand",
    "polars": "benchmarks.peers.in_polars",
    "pandas": "benchmarks.peers.in_pandas",
    "postgres": "benchmarks.peers.in_postgres",
}


def main() -> None:
    """Run one peer in an empty folder; its seconds and peak memory stand in ``run.json`` there."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.peers", description=__doc__)
    parser.add_argument("peer", choices=PEERS)
    parser.add_argument("--raw", type=Path, required=True, help="landed files: LEADHOUSE_HOME/raw")
    parser.add_argument("--seeds", type=Path, required=True, help="the project's seeds")
    parser.add_argument("--out", type=Path, required=True, help="folder for the result; is emptied first")
    parser.add_argument("--as-of", type=datetime.fromisoformat, required=True, help="ISO 8601")
    options = parser.parse_args()
    as_of = options.as_of.astimezone(UTC).replace(tzinfo=None) if options.as_of.tzinfo else options.as_of
    with (options.seeds / "reference" / "bot_rules.csv").open(newline="", encoding="utf-8") as rules:
        tainting = {row["rule"] for row in csv.DictReader(rules) if row["taints_address"] == "true"}
    if unforeseen := sorted(TAINT_NOBODY & tainting):
        parser.error(f"bot_rules.csv: no peer was written for addresses tainted by {', '.join(unforeseen)}")
    shutil.rmtree(options.out, ignore_errors=True)
    options.out.mkdir(parents=True)
    # a peer that is ended still stops what it started
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("ended"))
    peer = importlib.import_module(PEERS[options.peer])
    start = time.perf_counter()
    seconds = peer.run(options.raw, options.seeds, options.out, as_of) or time.perf_counter() - start
    kilobytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1024 if sys.platform == "darwin" else 1)
    (options.out / "run.json").write_text(json.dumps({"seconds": seconds, "peak_gb": kilobytes * 1024 / 1e9}) + "\n")


if __name__ == "__main__":
    main()
