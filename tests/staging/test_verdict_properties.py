"""Any rows, in any files and order: every row gets the verdict and the validity that the reference gives it."""

from __future__ import annotations

import csv
import shutil
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from orchestration.home import Home
from orchestration.landing import register
from tests.staging import reference
from tests.staging.reference import Judged, Limits
from tests.staging.staged import Row, Staging, rows

Judge = Callable[[str, Sequence[Sequence[Row]]], list[Row]]

LOAD = datetime(2026, 3, 1, tzinfo=UTC)
EVENT_LIMITS = Limits(datetime(2000, 1, 1), timedelta(hours=24))
RECORD_LIMITS = Limits(datetime(1990, 1, 1), timedelta(hours=24))
SLOW = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)

keys = st.sampled_from(["a", "b", " a\t", "B", "", "\u00a0b"])
loading_times = st.sampled_from(["2026-02-01", "2026-02-02 12:00:00", "", "some day"])
times = st.sampled_from(
    [
        "2026-01-01",
        "2026-01-02 03:04:05.678",
        " 2026-01-02 ",
        "2026-02-02",
        "2026-02-02 00:00:01",
        "2026-03-02",
        "2026-03-02 00:00:01",
        "1999-12-31 23:59:59",
        "1899-01-01",
        "2026-02-30",
        "soon",
        "",
        "  ",
    ]
)
events = st.fixed_dictionaries(
    {"event_id": keys, "occurred_at": times, "recipient": st.just("x@y.org"), "loaded_at": loading_times}
)
leads = st.fixed_dictionaries({"lead_id": keys, "created_at": times, "updated_at": times, "loaded_at": loading_times})


def files_of(row: st.SearchStrategy[dict[str, str]]) -> st.SearchStrategy[list[list[dict[str, str]]]]:
    return st.lists(st.lists(row, min_size=1, max_size=8), min_size=1, max_size=3)


@pytest.fixture(scope="module")
def judge(staging: Staging, tmp_path_factory: pytest.TempPathFactory) -> Judge:
    """Land the files as CSV, build the base model, and give every row back with its verdict."""
    folder = tmp_path_factory.mktemp("judged")

    def run(source_and_table: str, files: Sequence[Sequence[Row]]) -> list[Row]:
        source, table = source_and_table.split(".")
        shutil.rmtree(folder)
        home = Home(folder)
        for number, file in enumerate(files):
            _write(home.landing / source / table / f"{number}.csv", file)
        assert register(home, now=LOAD).problems == ()
        with staging.build(home, [f"base_{source}__{table}", "stg_landing__files"]) as database:
            return rows(
                database,
                f"""
                select base.*, files.landing_path
                from base_{source}__{table} as base
                inner join stg_landing__files as files on base.row_file = files.file_id
                order by files.landing_path, base.row_number
                """,
            )

    return run


@SLOW
@given(files=files_of(events))
def test_every_event_gets_the_verdict_of_the_reference(judge: Judge, files: list[list[Row]]) -> None:
    given_rows = [row | {"event_type": "opened"} for file in files for row in file]
    found = judge("email.events", [[row | {"event_type": "opened"} for row in file] for file in files])
    expected = reference.judge_events([_judged_event(*pair) for pair in zip(given_rows, found, strict=True)])
    assert [(row["row_verdict"], row["problem_reason"]) for row in found] == [
        (event.verdict, event.reason) for event in expected
    ]


@SLOW
@given(files=files_of(leads))
def test_every_version_is_valid_when_the_reference_says(judge: Judge, files: list[list[Row]]) -> None:
    found = judge("crm.leads", files)
    given_rows = [row for file in files for row in file]
    versions = [_judged_version(*pair) for pair in zip(given_rows, found, strict=True)]
    expected = reference.judge_versions(versions, RECORD_LIMITS)
    assert [(row["row_verdict"], row["problem_reason"], row["valid_from"], row["valid_to"]) for row in found] == [
        (version.verdict, version.reason, version.valid_from, version.valid_to) for version in expected
    ]


def _judged_event(given_row: Row, found: Row) -> Judged:
    loaded_at = _loaded_at(given_row, EVENT_LIMITS)
    assert found["loaded_at"] == loaded_at
    key = reference.text(given_row["event_id"])
    reason = "missing required value" if key is None else None
    reason = reason or reference.time_fault(given_row["occurred_at"], loaded_at, EVENT_LIMITS)
    verdict = "quarantined" if reason else "staged"
    return Judged(key, loaded_at, (found["row_file"], found["row_number"]), verdict=verdict, reason=reason)


def _judged_version(given_row: Row, found: Row) -> Judged:
    loaded_at = _loaded_at(given_row, RECORD_LIMITS)
    assert found["loaded_at"] == loaded_at
    key = reference.text(given_row["lead_id"])
    reason = "missing required value" if key is None else None
    reason = reason or reference.time_fault(given_row["created_at"], loaded_at, RECORD_LIMITS)
    updated_is_sound = reference.time_fault(given_row["updated_at"], loaded_at, RECORD_LIMITS) is None
    return Judged(
        key,
        loaded_at,
        (found["row_file"], found["row_number"]),
        created_at=reference.timestamp(given_row["created_at"]),
        updated_at=reference.timestamp(given_row["updated_at"]) if updated_is_sound else None,
        verdict="quarantined" if reason else "staged",
        reason=reason,
    )


def _loaded_at(row: Row, limits: Limits) -> datetime:
    said = reference.timestamp(row["loaded_at"])
    return said if said and said >= limits.earliest else LOAD.replace(tzinfo=None)


def _write(path: Path, file: Sequence[Row]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, fieldnames=list(file[0]), quoting=csv.QUOTE_ALL)
        writer.writeheader()
        writer.writerows(file)
