from __future__ import annotations

from pathlib import Path

import duckdb
import pandas as pd
import pytest

from examples.x_education.__main__ import EXAMPLE
from tests.examples.landed import assert_same, land

# Filled in after the outcome, or nobody knows when.
DOUBTFUL = [
    "Tags",
    "Lead Quality",
    "Lead Profile",
    "Last Activity",
    "Last Notable Activity",
    "Asymmetrique Activity Index",
    "Asymmetrique Profile Index",
    "Asymmetrique Activity Score",
    "Asymmetrique Profile Score",
]


@pytest.fixture(scope="module")
def landed(x_education_data: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, pd.DataFrame]:
    return land(EXAMPLE, x_education_data, tmp_path_factory.mktemp("landed"))


def replaced(data: Path, folder: Path, replacements: str) -> Path:
    """A copy of Leads.csv with columns replaced."""
    folder.mkdir()
    with duckdb.connect() as connection:
        leads = connection.read_csv(str(data / "Leads.csv"), header=True, all_varchar=True)
        leads.project(f"* replace ({replacements})").write_csv(str(folder / "Leads.csv"))
    return folder


# A score on columns that were filled in after the sale looks splendid and is worth nothing: AUC 0.98 here.
def test_outcome_and_doubtful_columns_reach_no_landing_file(
    x_education_data: Path, landed: dict[str, pd.DataFrame], tmp_path: Path
) -> None:
    scrambled = ", ".join(f'md5("Prospect ID" || \'{column}\') as "{column}"' for column in DOUBTFUL)
    changed = replaced(
        x_education_data,
        tmp_path / "changed",
        f'{scrambled}, (1 - cast("Converted" as integer))::varchar as "Converted"',
    )
    assert_same(land(EXAMPLE, changed, tmp_path / "landing"), landed)


def test_an_honest_column_does_reach_landing(
    x_education_data: Path, landed: dict[str, pd.DataFrame], tmp_path: Path
) -> None:
    changed = replaced(x_education_data, tmp_path / "changed", "'Student' as \"What is your current occupation\"")
    assert set(land(EXAMPLE, changed, tmp_path / "landing")["crm.leads"]["occupation"]) == {"Student"}
    assert set(landed["crm.leads"]["occupation"].dropna()) > {"Student", "Unemployed"}


def test_every_lead_is_mapped_once(x_education_data: Path, landed: dict[str, pd.DataFrame]) -> None:
    source = pd.read_csv(x_education_data / "Leads.csv", dtype=str)
    assert sorted(landed["crm.leads"]["lead_id"]) == sorted(source["Prospect ID"])


def test_values_are_clean(landed: dict[str, pd.DataFrame]) -> None:
    leads = landed["crm.leads"]
    text: pd.DataFrame = leads.select_dtypes(include="str")
    assert not text.isin(["Select", "", "unknown", "testone"]).any(axis=None)
    # Google and google are one source
    assert leads["lead_source"].dropna().str.islower().all()


def test_totals_become_events(x_education_data: Path, landed: dict[str, pd.DataFrame]) -> None:
    source = pd.read_csv(x_education_data / "Leads.csv").set_index("Prospect ID")
    events = landed["web.events"]
    assert events["event_id"].is_unique
    visits = events[events["event_type"] == "site_visit"].groupby("user_id").size()
    seconds = events[events["event_type"] == "time_on_site"].groupby("user_id")["dwell_seconds"].sum()
    assert visits.reindex(source.index, fill_value=0).eq(source["TotalVisits"].fillna(0)).all()
    assert seconds.reindex(source.index, fill_value=0).eq(source["Total Time Spent on Website"]).all()


# The data has no times, so those that we gave must not matter: no rule may look at when something happened.
def test_no_rule_looks_at_time() -> None:
    seeds = EXAMPLE.folder / "seeds" / "scoring"
    assert set(pd.read_csv(seeds / "engagement_decay_rules.csv")["decay"]) == {"none"}
    assert pd.read_csv(seeds / "engagement_decay_rules.csv")["cap_per_day"].isna().all()
    assert pd.read_csv(seeds / "engagement_band_rules.csv").empty
    assert pd.read_csv(seeds / "engagement_idle_rules.csv").empty
