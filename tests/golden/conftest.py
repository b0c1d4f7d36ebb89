"""All golden cases in one warehouse: as it is after the first load, and after the later one."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from orchestration.home import DBT_PROJECT
from tests.end_to_end.leadhouse import Leadhouse
from tests.golden.cases import FOLDER, all_cases

AS_OF = "2025-07-01T00:00:00Z"


@pytest.fixture(scope="session")
def first_load(tmp_path_factory: pytest.TempPathFactory) -> Leadhouse:
    """The warehouse of all cases; its project differs from ours in the list of manual merges alone."""
    root = tmp_path_factory.mktemp("golden")
    project = root / "dbt_project"
    shutil.copytree(DBT_PROJECT, project, ignore=shutil.ignore_patterns("target", "logs", "dbt_packages", ".user.yml"))
    shutil.copy(FOLDER / "identity" / "manual_merges.csv", project / "seeds" / "reference" / "manual_merges.csv")
    warehouse = Leadhouse(root / "home", target=root / "target", project=project)
    for case in all_cases():
        case.deliver(warehouse.home.landing)
    assert not warehouse.land().problems
    warehouse.build(AS_OF)
    return warehouse


@pytest.fixture(scope="session")
def later_load(first_load: Leadhouse, tmp_path_factory: pytest.TempPathFactory) -> Leadhouse:
    """The same moment, built again after the later files arrived."""
    root: Path = tmp_path_factory.mktemp("golden_later") / "home"
    shutil.copytree(first_load.root, root)
    warehouse = replace(first_load, root=root)
    for case in all_cases():
        case.deliver(warehouse.home.landing, "later")
    assert not warehouse.land().problems
    warehouse.rebuild(AS_OF)
    return warehouse
