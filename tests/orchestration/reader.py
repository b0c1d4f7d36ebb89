"""A BI tool: queries the published copy in a loop until told to stop, and says what it saw.

Usage: python reader.py PUBLISHED_FOLDER STOP_FILE. Prints one JSON object.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import duckdb

MARTS = ("leads", "lead_scores", "unrelated")


def main() -> None:
    """Read the file and the Parquet folder in turn."""
    published, stop = Path(sys.argv[1]), Path(sys.argv[2])
    queries, mixed, errors = 0, 0, []
    seen: set[str] = set()
    while not stop.exists():
        try:
            clocks = read_file(published / "leadhouse.duckdb")
            clocks_of_parquet = read_parquet((published / "parquet").resolve(strict=True))
        except Exception as problem:
            errors.append(f"{type(problem).__name__}: {problem}")
            continue
        queries += 2
        mixed += (len(clocks) != 1) + (len(clocks_of_parquet) != 1)
        seen |= clocks
    print(json.dumps({"queries": queries, "mixed": mixed, "errors": errors[:5], "seen": len(seen)}))


def read_file(path: Path) -> set[str]:
    """All clocks of all marts in one connection; each mart is asked in a query of its own."""
    clocks = set()
    with duckdb.connect(str(path), read_only=True, config={"threads": 1}) as connection:
        for mart in MARTS:
            clocks |= {str(row[0]) for row in connection.execute(f"select distinct as_of from {mart}").fetchall()}
        clocks |= {str(row[0]) for row in connection.execute("select as_of from published_build").fetchall()}
    return clocks


def read_parquet(folder: Path) -> set[str]:
    """The same from one version of the Parquet folder."""
    clocks = set()
    with duckdb.connect(config={"threads": 1}) as connection:
        for mart in (*MARTS, "published_build"):
            rows = connection.execute(f"select distinct as_of from '{folder}/{mart}.parquet'").fetchall()
            clocks |= {str(row[0]) for row in rows}
    return clocks


if __name__ == "__main__":
    main()
