"""What is described is what is built: a model's description names all of its columns and no others."""

from __future__ import annotations

import json

from tests.end_to_end.leadhouse import Leadhouse


def test_every_column_that_is_built_is_described_and_the_other_way_round(company: Leadhouse) -> None:
    manifest = json.loads((company.target / "manifest.json").read_text(encoding="utf-8"))
    built: dict[tuple[str, str], set[str]] = {}
    for row in company.query("select table_schema, table_name, column_name from information_schema.columns"):
        built.setdefault((row["table_schema"], row["table_name"]), set()).add(row["column_name"])
    wrong = []
    for node in manifest["nodes"].values():
        if node["resource_type"] not in ("model", "seed"):
            continue
        columns = built.get((node["schema"], node["alias"]), set())
        wrong += [f"{node['name']}.{name}: not described" for name in sorted(columns - set(node["columns"]))]
        wrong += [f"{node['name']}.{name}: described, not built" for name in sorted(set(node["columns"]) - columns)]
    assert built and not wrong, "\n".join(wrong)
