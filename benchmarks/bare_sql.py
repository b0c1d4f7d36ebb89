"""``python -m benchmarks.bare_sql HOME``: the compiled SQL of all models, in order, run by DuckDB without dbt."""

from __future__ import annotations

import json
import sys
from graphlib import TopologicalSorter
from pathlib import Path

import duckdb


def main(home: Path) -> None:
    """Build ``bare/warehouse.duckdb`` from what ``dbt build`` compiled and the seeds that it loaded."""
    manifest = json.loads((home / "target" / "manifest.json").read_bytes())
    nodes = {name: node for name, node in manifest["nodes"].items() if node["resource_type"] in {"model", "seed"}}
    file = home / "bare" / "warehouse.duckdb"
    file.parent.mkdir(exist_ok=True)
    file.unlink(missing_ok=True)
    with duckdb.connect(str(file)) as connection:
        connection.execute("set threads to 2")
        connection.execute(f"attach '{home / 'warehouse.duckdb'}' as built (read_only)")
        for schema in sorted({node["schema"] for node in nodes.values()}):
            connection.execute(f"create schema if not exists {schema}")
        order = {name: set(node["depends_on"].get("nodes", [])) & nodes.keys() for name, node in nodes.items()}
        for name in TopologicalSorter(order).static_order():
            node = nodes[name]
            relation = f'{node["schema"]}."{node["alias"]}"'
            if node["resource_type"] == "seed":
                connection.execute(f"create table {relation} as select * from built.{relation}")
                continue
            kind = "view" if node["config"]["materialized"] == "view" else "table"
            compiled = home / "target" / "compiled" / "leadhouse" / node["original_file_path"]
            connection.execute(f"create {kind} {relation} as {compiled.read_text()}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
