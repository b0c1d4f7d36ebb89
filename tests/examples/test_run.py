"""The examples as a newcomer runs them: the command, on the real files, through landing and dbt."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from examples.leadforge.__main__ import EXAMPLE as LEADFORGE
from examples.project import StepError, copy_with_seeds
from examples.run import UsageError, main, run_example
from examples.x_education.__main__ import EXAMPLE as X_EDUCATION
from orchestration.home import DBT_PROJECT, Home
from tests.examples.conftest import CHECKOUT


def test_x_education_passes_the_bar(x_education_data: Path, tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    report = run_example(X_EDUCATION, x_education_data, home)
    for leads_group in ("design half", "held-out half"):
        default = report.result("course_leads", leads_group)
        assert default.auc > 0.78
        assert default.a_lift > 1.8
        assert report.result("known_at_arrival", leads_group).auc > 0.75
    assert report.result("course_leads", "all leads").leads == 9240
    with duckdb.connect(str(home.warehouse), read_only=True) as warehouse:
        assert warehouse.sql("select count(*) from marts.quarantined_rows").fetchall() == [(0,)]
        assert warehouse.sql("select count(*) from marts.lead_scores").fetchall() == [(2 * 9240,)]


def test_leadforge_holds_on_the_test_split(leadforge_data: Path, tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    report = run_example(LEADFORGE, leadforge_data, home)
    assert report.result("fit_and_behaviour", "test").leads == 750
    assert report.result("fit_and_behaviour", "test").auc > 0.68
    assert report.result("with_opportunity", "test").auc > 0.72
    # a fixed set of weights knows nothing of a split: a large difference would mean that something leaks
    assert report.result("with_opportunity", "test").auc - report.result("with_opportunity", "train").auc < 0.05
    with duckdb.connect(str(home.warehouse), read_only=True) as warehouse:
        assert warehouse.sql("select count(*) from marts.quarantined_rows").fetchall() == [(0,)]
        assert warehouse.sql("select count(*) from marts.lead_scores").fetchall() == [(2 * 5000,)]


def test_missing_data_is_told(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "examples.x_education", "--data", str(tmp_path), "--home", str(tmp_path / "home")]
    run = subprocess.run(command, cwd=CHECKOUT, env=os.environ, capture_output=True, text=True, check=False)
    assert run.returncode == 1
    assert "has no Leads.csv" in run.stderr
    assert not (tmp_path / "home").exists()


def test_a_changed_header_names_mapping_and_column(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "Leads.csv").write_text("Prospect ID,Lead Origin\n1,API\n")
    assert main(X_EDUCATION, ["--data", str(tmp_path), "--home", str(tmp_path / "home")]) == 1
    assert "_views.sql does not fit the files" in (error := capsys.readouterr().err)
    assert "Lead Source" in error


# --home pointed at a folder of one's own must not empty it.
def test_a_foreign_folder_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "Leads.csv").touch()
    home = tmp_path / "home"
    home.mkdir()
    (home / "thesis.txt").write_text("precious")
    with pytest.raises(UsageError, match="was not made by this example"):
        run_example(X_EDUCATION, tmp_path, Home(home))
    assert (home / "thesis.txt").read_text() == "precious"


def test_a_seed_that_replaces_nothing_is_an_error(tmp_path: Path) -> None:
    seeds = tmp_path / "seeds" / "scoring"
    seeds.mkdir(parents=True)
    (seeds / "profile_rulez.csv").write_text("scoring_model\n")
    with pytest.raises(StepError, match=r"profile_rulez\.csv replaces no seed"):
        copy_with_seeds(tmp_path / "seeds", tmp_path / "project")


def test_the_checkout_keeps_its_seeds(tmp_path: Path) -> None:
    before = {seed: seed.read_bytes() for seed in (DBT_PROJECT / "seeds").rglob("*.csv")}
    replaced = copy_with_seeds(X_EDUCATION.folder / "seeds", tmp_path / "project")
    assert {seed: seed.read_bytes() for seed in (DBT_PROJECT / "seeds").rglob("*.csv")} == before
    for name in replaced:
        assert (tmp_path / "project" / "seeds" / name).read_bytes() == (
            X_EDUCATION.folder / "seeds" / name
        ).read_bytes()


def test_every_example_seed_keeps_the_header_of_ours() -> None:
    for example in (X_EDUCATION, LEADFORGE):
        for seed in (example.folder / "seeds").rglob("*.csv"):
            ours = DBT_PROJECT / seed.relative_to(example.folder)
            assert seed.read_text().splitlines()[0] == ours.read_text().splitlines()[0], str(ours)
