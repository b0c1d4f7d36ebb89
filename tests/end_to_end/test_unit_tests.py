"""dbt's unit tests hold on DuckDB; a nightly build leaves them out, since they prove code and not data."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from tests.end_to_end.conftest import AS_OF
from tests.end_to_end.leadhouse import Leadhouse


def test_the_unit_tests_of_all_models_pass(company: Leadhouse, tmp_path: Path) -> None:
    home = Leadhouse(tmp_path / "home", tmp_path / "target")
    home.root.mkdir()
    shutil.copytree(company.home.raw, home.home.raw)
    shutil.copy(company.home.warehouse, home.home.warehouse)
    home.dbt(AS_OF, "test", "--select", "test_type:unit")
    results = json.loads((home.target / "run_results.json").read_text(encoding="utf-8"))["results"]
    ran = [result["unique_id"] for result in results if result["unique_id"].startswith("unit_test.")]
    manifest = json.loads((home.target / "manifest.json").read_text(encoding="utf-8"))
    assert sorted(ran) == sorted(manifest["unit_tests"])
