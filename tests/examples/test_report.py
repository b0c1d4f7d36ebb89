from __future__ import annotations

from collections.abc import Iterator

import duckdb
import pandas as pd
import pytest

from examples.report import ReportError, area_under_curve, format_report, make_report


@pytest.fixture
def warehouse() -> Iterator[duckdb.DuckDBPyConnection]:
    """Four scored leads, as the marts would hold them."""
    with duckdb.connect() as connection:
        connection.execute(
            """
            create schema marts; create schema seeds;
            create table seeds.scoring_models as select 'first' as scoring_model, true as is_default;
            create table seeds.grade_actions as
            select 'first' as scoring_model, *
            from (values ('A1', true), ('B2', true), ('D4', false)) as actions (grade, is_hand_off);
            create table marts.lead_scores as
            select 'first' as scoring_model, *
            from (
                values
                ('one', 'A', 1, 'A1', 90.0), ('two', 'A', 1, 'A1', 80.0),
                ('three', 'B', 2, 'B2', 60.0), ('four', 'D', 4, 'D4', 5.0)
            ) as scores (lead_id, profile_grade, engagement_level, grade, combined_score)
            """
        )
        yield connection


def outcomes(converted: dict[str, bool]) -> pd.DataFrame:
    return pd.DataFrame({"lead_id": list(converted), "leads_group": "all leads", "converted": list(converted.values())})


@pytest.mark.parametrize(
    ("scores", "converted", "expected"),
    [
        ([1, 2, 3, 4], [False, False, True, True], 1.0),
        ([4, 3, 2, 1], [False, False, True, True], 0.0),
        ([1, 1, 1, 1], [False, True, False, True], 0.5),
        ([1, 2, 2, 3], [False, False, True, True], 0.875),
    ],
)
def test_area_under_curve(scores: list[float], converted: list[bool], expected: float) -> None:
    assert area_under_curve(pd.Series(scores), pd.Series(converted)) == pytest.approx(expected)


def test_area_under_curve_needs_both_outcomes() -> None:
    with pytest.raises(ReportError, match="did not"):
        area_under_curve(pd.Series([1.0, 2.0]), pd.Series([True, True]))


def test_lift_and_matrix(warehouse: duckdb.DuckDBPyConnection) -> None:
    report = make_report(warehouse, outcomes({"one": True, "two": False, "three": False, "four": False}))
    result = report.result("first", "all leads")
    assert (result.leads, result.conversion, result.a_leads, result.a_conversion) == (4, 0.25, 2, 0.5)
    assert (result.a_lift, result.auc) == (2.0, 1.0)
    assert result.hand_offs == 3
    assert result.hand_off_conversion == pytest.approx(1 / 3)
    matrix = [line.split() for line in format_report(report, "all leads").splitlines()]
    assert ["A", "50.0%", "(2)", "-", "-", "-", "50.0%", "(2)"] in matrix
    assert ["all", "50.0%", "(2)", "0.0%", "(1)", "-", "0.0%", "(1)", "25.0%", "(4)"] in matrix


# A lead that identity merged or quarantine took would quietly leave the report and flatter it.
def test_a_lead_without_score_is_an_error(warehouse: duckdb.DuckDBPyConnection) -> None:
    with pytest.raises(ReportError, match="1 of 3 leads with an outcome have no score, such as five"):
        make_report(warehouse, outcomes({"one": True, "two": False, "five": False}))
