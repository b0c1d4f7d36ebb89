"""What the rules of identity and of robots say, case by case, and what a verdict that comes late does to the past."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from orchestration.home import DBT_PROJECT
from tests.end_to_end.leadhouse import Leadhouse, differing_rows
from tests.golden.cases import Case, all_cases, expected_rows

CASES = all_cases()
TABLES = [(case, relation) for case in CASES for relation in case.expected()]
LATER_TABLES = [(case, relation) for case in CASES for relation in case.expected("expected_later")]


def _name(value: Case | str) -> str:
    return value.id if isinstance(value, Case) else value


def _compare(warehouse: Leadhouse, case: Case, relation: str, expected: Path) -> None:
    differences = differing_rows(expected_rows(expected), case.found(warehouse, relation, expected))
    assert not differences, "\n".join([f"{expected.relative_to(case.folder.parents[1])}:", *differences])


@pytest.mark.parametrize(("case", "relation"), TABLES, ids=_name)
def test_what_comes_out_is_what_was_written_down(first_load: Leadhouse, case: Case, relation: str) -> None:
    _compare(first_load, case, relation, case.expected()[relation])


@pytest.mark.parametrize(("case", "relation"), LATER_TABLES, ids=_name)
def test_a_late_file_restates_the_past(later_load: Leadhouse, case: Case, relation: str) -> None:
    _compare(later_load, case, relation, case.expected("expected_later")[relation])


def test_a_late_verdict_takes_the_points_of_its_event_away(first_load: Leadhouse, later_load: Leadhouse) -> None:
    """One lead clicked, its twin did nothing: once the click turns out to be a robot's, both score the same."""
    scores = (
        "select scoring_model, lead_id, engagement_score from marts.lead_scores where lead_id like 'late_verdict-%'"
    )
    before, after = (
        {(row["scoring_model"], row["lead_id"]): row["engagement_score"] for row in load.query(scores)}
        for load in (first_load, later_load)
    )
    models = {model for model, _ in before}
    assert models, "no scoring model is active"
    for model in models:
        assert before[model, "late_verdict-1"] > before[model, "late_verdict-2"], model
        assert after[model, "late_verdict-1"] == after[model, "late_verdict-2"] == before[model, "late_verdict-2"], (
            model
        )


def test_a_late_file_changes_no_other_case(first_load: Leadhouse, later_load: Leadhouse) -> None:
    concerned = {case.name for case, _ in LATER_TABLES}
    others = " and ".join(f"coalesce(lead_id, '') not like '{name}-%'" for name in sorted(concerned))
    relations = (
        "marts.lead_scores",
        "marts.lead_score_contributions",
        "marts.lead_identifiers",
        "marts.lead_engagement",
    )
    for relation in relations:
        assert not differing_rows(first_load.rows(relation, where=others), later_load.rows(relation, where=others))


def test_every_bot_rule_fires_alone_in_a_case_of_its_name() -> None:
    """A new rule without a case, or a case that no longer shows its rule, is found here."""
    with (DBT_PROJECT / "seeds" / "reference" / "bot_rules.csv").open(encoding="utf-8", newline="") as file:
        rules = {row["rule"] for row in csv.DictReader(file)}
    shown = set()
    for case in CASES:
        file_path = case.expected().get("intermediate.int_activities")
        if case.folder.parent.name == "bots" and file_path is not None:
            with file_path.open(encoding="utf-8", newline="") as file:
                verdicts = {row["bot_reason"] for row in csv.DictReader(file)}
            assert "" in verdicts or case.name == "precedence", f"{case.name} has no human near miss"
            shown |= {case.name} & verdicts
    assert shown == rules
