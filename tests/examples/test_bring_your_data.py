"""docs/bring_your_data.md, followed to the letter: its files, its seed rows, its queries."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from typing import Any

import duckdb
import pytest

from orchestration.home import DBT_PROJECT, Home
from orchestration.project import DBT, NOT_PARSED
from tests.examples.conftest import CHECKOUT

GUIDE = (CHECKOUT / "docs" / "bring_your_data.md").read_text(encoding="utf-8")
# ```csv path/of/the/file
BLOCKS = dict(re.findall(r"^```\w+ (\S+)\n(.*?)^```$", GUIDE, re.MULTILINE | re.DOTALL))
QUERIES = re.findall(r"`(select .*?)` \|$", GUIDE, re.MULTILINE)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A home in which steps 1 to 4 of the guide were done, on a copy of the project."""
    home = Home(tmp_path_factory.mktemp("newcomer"))
    project = home.root / "dbt_project"
    shutil.copytree(DBT_PROJECT, project, ignore=shutil.ignore_patterns(*NOT_PARSED))
    for name, content in BLOCKS.items():
        if name.startswith("var/landing/"):
            file = home.landing / name.removeprefix("var/landing/")
            file.parent.mkdir(parents=True)
            file.write_text(content, encoding="utf-8")
        else:
            seed = home.root / name
            seed.write_text(seed.read_text() + content)
    run(home, sys.executable, "-m", "orchestration.landing")
    run(home, str(DBT), "--quiet", "build")
    return home


def run(home: Home, *command: str) -> str:
    project = str(home.root / "dbt_project")
    environment = os.environ | {
        "LEADHOUSE_HOME": str(home.root),
        "LEADHOUSE_AS_OF": "2026-10-01T00:00:00Z",
        "PYTHONPATH": str(CHECKOUT),
        "DBT_PROJECT_DIR": project,
        "DBT_PROFILES_DIR": project,
        "DBT_TARGET_PATH": f"{project}/target",
        "DBT_LOG_PATH": f"{project}/logs",
    }
    done = subprocess.run(command, cwd=project, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def rows(home: Home, query: str) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(home.warehouse), read_only=True) as warehouse:
        return warehouse.sql(query).fetchall()


def test_the_guide_has_its_files_seeds_and_queries() -> None:
    assert sorted(BLOCKS) == [
        "dbt_project/seeds/reference/event_types.csv",
        "dbt_project/seeds/scoring/engagement_band_rules.csv",
        "dbt_project/seeds/scoring/profile_attributes.csv",
        "dbt_project/seeds/scoring/profile_rules.csv",
        "var/landing/crm/leads/crm-2026-09.csv",
        "var/landing/web/events/tracker.jsonl",
    ]
    assert len(QUERIES) == 7


def test_quarantine_reads_as_the_guide_says(home: Home) -> None:
    assert rows(home, "select row_number, row_key, column_name, reason, raw_value from marts.quarantined_rows") == [
        (4, "L3", "created_at", "not a timestamp", "yesterday")
    ]
    assert rows(home, "select row_key, dropped_values from marts.dropped_values") == [("L4", "annual_revenue=lots")]
    accounting = "select raw_rows, staged_rows, duplicate_rows, quarantined_rows from marts.row_accounting"
    assert rows(home, f"{accounting} where table_name = 'leads'") == [(5, 3, 1, 1)]


def test_new_attribute_and_new_activity_score(home: Home) -> None:
    contributions = """
        select rule_id, cast(points as double) from marts.lead_score_contributions
        where lead_id = 'L1' and scoring_model = 'standard' and criterion in ('need', 'any_form') order by rule_id
    """
    assert rows(home, contributions) == [("calculator_30_days", 26.25), ("need_enterprise", 35.0)]


@pytest.mark.parametrize("query", QUERIES)
def test_every_query_of_the_guide_runs(home: Home, query: str) -> None:
    relations = dict(rows(home, "select table_name, table_schema || '.' || table_name from information_schema.tables"))
    rows(home, re.sub(r"\{\{ ref\('(\w+)'\) }}", lambda reference: str(relations[reference[1]]), query))
