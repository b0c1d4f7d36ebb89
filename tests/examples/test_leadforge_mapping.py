from __future__ import annotations

import shutil
from pathlib import Path

import duckdb
import pandas as pd
import pytest

from examples.leadforge.__main__ import EXAMPLE
from tests.examples.landed import assert_same, land

EVENT_TABLES = {
    "touches": "touch_timestamp",
    "sessions": "session_timestamp",
    "sales_activities": "activity_timestamp",
}
DAY_OF_LEAD = "cast({0} as date) - cast(lead_created_at as date)"


@pytest.fixture(scope="module")
def landed(leadforge_data: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, pd.DataFrame]:
    return land(EXAMPLE, leadforge_data, tmp_path_factory.mktemp("landed"))


def copy_of(data: Path, folder: Path, changes: dict[str, str]) -> Path:
    """A copy of the data set in which some tables are the result of a query over `before` (and `leads`)."""
    shutil.copytree(data, folder, copy_function=shutil.copyfile)
    for table, query in changes.items():
        with duckdb.connect() as connection:
            connection.read_parquet(str(data / "tables" / "leads.parquet")).create_view("leads")
            connection.read_parquet(str(data / "tables" / f"{table}.parquet")).create_view("before")
            connection.sql(query).write_parquet(str(folder / "tables" / f"{table}.parquet"))
    return folder


# This bundle holds the whole story up to day 89, although its card says that it ends on day 30.
def test_nothing_after_day_30_reaches_a_landing_file(
    leadforge_data: Path, landed: dict[str, pd.DataFrame], tmp_path: Path
) -> None:
    changes = {
        table: f"""
            select before.* from before
            inner join leads on before.lead_id = leads.lead_id
            where {DAY_OF_LEAD.format(f"before.{time}")} <= 30
        """
        for table, time in EVENT_TABLES.items()
    }
    late = DAY_OF_LEAD.format("before.closed_at") + " > 30"
    changes["opportunities"] = f"""
        select before.* replace (
            case when {late} then null else before.closed_at end as closed_at,
            case when {late} then null else before.close_outcome end as close_outcome,
            'scrambled' as stage
        )
        from before
        inner join leads on before.lead_id = leads.lead_id
        where {DAY_OF_LEAD.format("before.created_at")} <= 30
    """
    changed = copy_of(leadforge_data, tmp_path / "changed", changes)
    assert_same(land(EXAMPLE, changed, tmp_path / "landing"), landed)


def test_leaking_columns_and_label_reach_no_landing_file(
    leadforge_data: Path, landed: dict[str, pd.DataFrame], tmp_path: Path
) -> None:
    changed = copy_of(
        leadforge_data,
        tmp_path / "changed",
        {
            "leads": """
                select * replace (
                    'mql' as current_stage, not is_sql as is_sql, '2000-01-01' as conversion_timestamp,
                    not converted_within_90_days as converted_within_90_days
                )
                from before
            """
        },
    )
    for unused in ("customers", "subscriptions"):
        (changed / "tables" / f"{unused}.parquet").unlink()
    assert_same(land(EXAMPLE, changed, tmp_path / "landing"), landed)


def test_day_30_itself_counts(leadforge_data: Path, landed: dict[str, pd.DataFrame], tmp_path: Path) -> None:
    query = f"""
        select before.* from before
        inner join leads on before.lead_id = leads.lead_id
        where {DAY_OF_LEAD.format("before.touch_timestamp")} <> 30
    """
    changed = copy_of(leadforge_data, tmp_path / "changed", {"touches": query})
    assert len(land(EXAMPLE, changed, tmp_path / "landing")["messaging.events"]) < len(landed["messaging.events"])


# The data set counts touches, sessions and activities by lead itself, as of day 30: two ways to the same numbers.
def test_counts_are_those_of_the_data_set(leadforge_data: Path, landed: dict[str, pd.DataFrame]) -> None:
    with duckdb.connect() as connection:
        features = connection.read_parquet(
            [
                str(leadforge_data / "tasks" / "converted_within_90_days" / f"{split}.parquet")
                for split in ("train", "valid", "test")
            ]
        ).df()
    features = features.set_index("lead_id")
    web, messages = landed["web.events"], landed["messaging.events"]
    is_touch = messages["event_id"].str.startswith("touch_")
    pages = web[web["event_type"] == "page_view"]
    sessions = pages.assign(session_id=pages["event_id"].str.rsplit("-", n=1).str[0])
    counted = {
        "touch_count": pd.concat(
            [messages[is_touch]["recipient"], web[web["event_id"].str.startswith("touch_")]["user_id"]]
        ).value_counts(),
        "activity_count": messages[~is_touch]["recipient"].value_counts(),
        "session_count": sessions.groupby("user_id")["session_id"].nunique(),
        "pricing_page_views": pages[pages["url"] == "/pricing"].groupby("user_id").size(),
        "demo_page_views": pages[pages["url"] == "/demo"].groupby("user_id").size(),
    }
    for feature, count in counted.items():
        # the data set blanks some values on purpose and makes one in a hundred an outlier
        told = features[feature].dropna()
        same = count.reindex(told.index, fill_value=0).eq(told)
        assert same.mean() > 0.985, feature


def test_every_lead_starts_on_the_same_day(landed: dict[str, pd.DataFrame]) -> None:
    as_of = pd.Timestamp(EXAMPLE.as_of).tz_localize(None)
    leads = landed["crm.leads"]
    assert len(leads) == leads["lead_id"].nunique() == 5000
    assert set((as_of.normalize() - leads["created_at"]).dt.days) == {30}
    for table in ("web.events", "messaging.events"):
        assert landed[table]["occurred_at"].between(leads["created_at"].min(), as_of).all()
        assert landed[table]["event_id"].is_unique
