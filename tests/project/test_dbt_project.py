"""What holds for every model, seed and source: described, contracted, portable, short, and no layer reaches back."""

from __future__ import annotations

import re
import statistics
from collections.abc import Iterator
from typing import Any

import pytest

from orchestration.home import DBT_PROJECT
from orchestration.project import Manifest

LAYERS = ("staging", "intermediate", "marts", "sync")
LONGEST = 110
# Known to be longer, and not to grow: what they would be split into is worse to read or not done yet.
LONGER = {"lead_grade_change_contributions": 120}
# Columns of a seed that are for its readers.
FOR_READERS = {"comment", "description"}

WALL_CLOCKS = r"\b(current_date|current_time|current_timestamp|localtimestamp|now\s*\(|getdate\s*\(|today\s*\()"
# What Spark does not parse, or what only DuckDB has: it belongs into macros/dialect.
ONE_ENGINE_ONLY = {
    "QUALIFY": r"\bqualify\b",
    "whole-number division": r"//",
    "EXCLUDE": r"\bexclude\b",
    "ASOF JOIN": r"\basof\b",
    "UNION BY NAME": r"\bby\s+name\b",
    "a trailing comma": r",\s*\n\s*(from\b|\))",
    "UNNEST": r"\bunnest\b",
    "PIVOT": r"\bpivot\b",
    "a list or struct in brackets": r"[=(,]\s*[\[{]\s*['\w]",
    "a lambda": r"->\s*\w|\blambda\b",
    "a function of DuckDB": r"\b(strftime|strptime|quantile_cont|arg_max|arg_min|epoch(_ms)?|generate_series"
    r"|regexp_matches|list_\w+|struct_pack|string_split|json_\w+|read_\w+|date_diff|datesub|columns|to_days)\s*\(",
}


def _nodes(manifest: Manifest, *kinds: str) -> list[dict[str, Any]]:
    found = [node for node in manifest["nodes"].values() if node["resource_type"] in kinds]
    assert found, f"the manifest has no {' or '.join(kinds)}"
    return found


def _models_and_tests(manifest: Manifest) -> list[dict[str, Any]]:
    """Models and singular tests: SQL that is ours, word for word."""
    return [node for node in _nodes(manifest, "model", "test") if node["original_file_path"].endswith(".sql")]


def _without_comments(sql: str) -> str:
    return re.sub(r"--[^\n]*", "", re.sub(r"\{#.*?#\}|/\*.*?\*/", "", sql, flags=re.DOTALL))


def _without_jinja(sql: str) -> str:
    return re.sub(r"\{%.*?%\}", "", re.sub(r"\{\{.*?\}\}", "jinja", sql, flags=re.DOTALL), flags=re.DOTALL)


def _plain_sql(node: dict[str, Any]) -> str:
    return _without_jinja(_without_comments(node["raw_code"]))


def _layer(node: dict[str, Any]) -> str:
    return str(node["fqn"][1])


def test_everything_is_described(manifest: Manifest) -> None:
    missing = []
    for node in (*_nodes(manifest, "model", "seed"), *manifest["sources"].values()):
        name = f"{node['resource_type']} {'.'.join(node['fqn'][1:])}"
        if not node["description"].strip():
            missing.append(name)
        if not node["columns"]:
            missing.append(f"{name}: no column at all")
        missing += [
            f"{name}.{column['name']}" for column in node["columns"].values() if not column["description"].strip()
        ]
    missing += [
        f"source {source['source_name']}"
        for source in manifest["sources"].values()
        if not source["source_description"].strip()
    ]
    assert not missing, "without a description:\n" + "\n".join(missing)


def test_every_mart_has_an_enforced_contract(manifest: Manifest) -> None:
    marts = [model for model in _nodes(manifest, "model") if _layer(model) == "marts"]
    assert marts
    loose = [model["name"] for model in marts if not model["config"]["contract"]["enforced"]]
    loose += [
        f"{model['name']}.{column['name']}"
        for model in marts
        for column in model["columns"].values()
        if not column["data_type"]
    ]
    assert not loose, f"without a contract: {', '.join(loose)}"


def test_no_model_has_a_header_of_its_own(manifest: Manifest) -> None:
    """Materialisations, schemas and contracts go by folder, in dbt_project.yml."""
    own = [
        model["name"] for model in _nodes(manifest, "model") if re.search(r"\{\{-?\s*config\s*\(", model["raw_code"])
    ]
    assert not own, f"config in {', '.join(own)}"


def test_no_model_looks_at_a_clock(manifest: Manifest) -> None:
    """A score of a past day must be replayed, so `as_of()` is the only clock."""
    looking = [
        f"{node['name']}: {found[0]}"
        for node in _models_and_tests(manifest)
        if (found := re.search(WALL_CLOCKS, _without_comments(node["raw_code"]), re.IGNORECASE))
    ]
    assert not looking, "\n".join(looking)


def test_only_the_clock_and_the_build_log_know_when_the_run_started(manifest: Manifest) -> None:
    knowing = {
        macro["name"]
        for macro in manifest["macros"].values()
        if macro["package_name"] == "leadhouse"
        and re.search(
            r"run_started_at|datetime\.now|" + WALL_CLOCKS, _without_comments(macro["macro_sql"]), re.IGNORECASE
        )
    }
    assert knowing == {"as_of_text", "insert_build_log_rows", "insert_versions"}


@pytest.mark.parametrize("what", ONE_ENGINE_ONLY)
def test_models_and_tests_run_on_every_engine(what: str, manifest: Manifest) -> None:
    bound = [
        f"{node['name']}: {found[0].strip()!r}"
        for node in _models_and_tests(manifest)
        if (found := re.search(ONE_ENGINE_ONLY[what], _plain_sql(node), re.IGNORECASE))
    ]
    assert not bound, f"{what} in\n" + "\n".join(bound)


def test_models_are_short(manifest: Manifest, capsys: pytest.CaptureFixture[str]) -> None:
    lengths = {model["name"]: len(model["raw_code"].strip().splitlines()) for model in _nodes(manifest, "model")}
    longest = max(lengths, key=lengths.__getitem__)
    median = statistics.median(lengths.values())
    with capsys.disabled():
        print(f"\n{len(lengths)} models, median {median:.0f} lines, longest {longest} with {lengths[longest]}", end=" ")
    long = [f"{name}: {lines}" for name, lines in lengths.items() if lines > LONGER.get(name, LONGEST)]
    assert not long, f"split these: {', '.join(long)}"
    assert median <= 55
    tamed = [name for name in LONGER if lengths.get(name, 0) <= LONGEST]
    assert not tamed, f"no longer an exception, take it from the list: {', '.join(tamed)}"


def test_no_layer_reaches_back(manifest: Manifest) -> None:
    wrong = []
    for model in _nodes(manifest, "model"):
        layer = LAYERS.index(_layer(model))
        for parent in model["depends_on"]["nodes"]:
            kind = parent.split(".")[0]
            if kind == "source" and _layer(model) != "staging":
                wrong.append(f"{model['name']} reads the source {parent}")
            elif kind == "model" and LAYERS.index(_layer(manifest["nodes"][parent])) > layer:
                wrong.append(f"{model['name']} reads {parent}, which comes after it")
    assert not wrong, "\n".join(wrong)


def _comparisons(sql: str) -> Iterator[tuple[str, str]]:
    """Every number that a column is compared with, or that a case gives, with the words before it."""
    yield from re.findall(r"([\w.)]+\s*(?:>=|<=|<>|!=|<|>|=|\bbetween\b))\s*(-?\d+(?:\.\d+)?)\b", sql)
    yield from re.findall(r"\b(then|else|when)\s+(-?\d+(?:\.\d+)?)\b", sql)


def test_no_policy_number_stands_in_a_model(manifest: Manifest) -> None:
    """A weight that missed its seed ends up in a comparison or a case. Ranks may be compared: they count, not weigh."""
    policy = [
        f"{model['name']}: {before} {number}"
        for model in _nodes(manifest, "model")
        for before, number in _comparisons(_plain_sql(model))
        if float(number) not in (0, 1) and not re.match(r"[\w.]*_rank\b", before)
    ]
    assert not policy, "belongs into a seed:\n" + "\n".join(policy)


def test_every_seed_column_is_used(manifest: Manifest) -> None:
    """A column that nobody reads is a promise that nobody keeps."""
    macros = "\n".join(
        macro["macro_sql"] for macro in manifest["macros"].values() if macro["package_name"] == "leadhouse"
    )
    dead = []
    for seed in _nodes(manifest, "seed"):
        readers, waiting = set(), [seed["unique_id"]]
        while waiting:
            children = [
                child for child in manifest["child_map"][waiting.pop()] if child.startswith(("model.", "test."))
            ]
            waiting += [child for child in children if child not in readers]
            readers |= set(children)
        # A macro may read the seed by name.
        sql = "\n".join(_without_comments(manifest["nodes"][reader]["raw_code"]) for reader in readers) + macros
        header = (DBT_PROJECT / seed["original_file_path"]).read_text(encoding="utf-8").splitlines()[0]
        columns = set(header.split(","))
        assert columns == set(seed["columns"]), f"{seed['name']}: file and description do not have the same columns"
        dead += [f"{seed['name']}.{name}" for name in columns - FOR_READERS if not re.search(rf"\b{name}\b", sql)]
    assert not dead, f"never read: {', '.join(sorted(dead))}"
