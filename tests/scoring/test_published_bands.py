"""The published bands of the project's own seeds, counted by hand."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tests.scoring.sql_scoring import Score
from tests.scoring.tables import activities_frame, attributes_frame, project_seeds
from tests.scoring.worked import AS_OF, LEAD, NO_ACTIVITY, NO_FACTS, NOBODY, on, only_score, points


def test_published_bands_give_a_buyer_a1(score: Score) -> None:
    facts = [
        ("lead", "primary_need", " Lead Scoring "),
        ("lead", "title", "VP Sales"),
        ("lead", "annual_revenue", "30000000"),
        ("lead", "lead_source", "Webinar"),
    ]
    activities = [
        on(10, "form_submitted"),
        on(0, "page_viewed", 1, "product"),
        on(6, "page_viewed", 2, "product"),
        on(13, "email_clicked"),
        on(1, "email_opened", 1),
        on(29, "email_opened", 2),
    ]
    scored = score(project_seeds(), LEAD, attributes_frame(facts), activities_frame(activities), AS_OF)
    assert points(scored, "standard") == {
        ("need", "need_core"): Decimal(35),
        ("title", "title_executive"): Decimal(30),
        ("revenue", "revenue_mid"): Decimal("18.75"),
        ("source", "source_inbound"): Decimal("7.5"),
        ("any_form", "form_14_days"): Decimal("26.25"),
        ("product_pages", "product_3_in_7_days"): Decimal(30),
        ("any_click", "click_1_in_14_days"): Decimal(10),
        ("any_open", "open_3_in_30_days"): Decimal("11.25"),
    }
    row = only_score(scored, "standard")
    assert (row["profile_score"], row["engagement_score"]) == (Decimal("91.25"), Decimal("77.5"))
    assert (row["grade"], row["combined_score"]) == ("A1", Decimal("84.375"))
    assert row["action"] == "hand_to_sales"


@pytest.mark.parametrize(
    ("age", "rule"),
    [
        *((0, "form_7_days"), (6, "form_7_days"), (7, "form_14_days"), (13, "form_14_days")),
        *((14, "form_30_days"), (29, "form_30_days"), (30, "no_match")),
    ],
)
def test_a_window_of_seven_days_holds_today_and_six_days_before(score: Score, age: int, rule: str) -> None:
    scored = score(project_seeds(), LEAD, NO_FACTS, activities_frame([on(age, "form_submitted")]), AS_OF)
    assert ("any_form", rule) in points(scored, "standard")


def test_an_unknown_lead_is_not_worth_nothing_without_saying_so(score: Score) -> None:
    scored = score(project_seeds(), LEAD, NO_FACTS, NO_ACTIVITY, AS_OF)
    assert points(scored, "standard") == {
        **dict.fromkeys([(name, "unknown") for name in ("need", "title", "revenue", "source")], Decimal(0)),
        **dict.fromkeys(
            [(name, "no_match") for name in ("any_form", "product_pages", "any_click", "any_open")], Decimal(0)
        ),
    }
    assert only_score(scored, "standard")["grade"] == "D4"


def test_nobody_has_no_score(score: Score) -> None:
    scored = score(project_seeds(), NOBODY, NO_FACTS, NO_ACTIVITY, AS_OF)
    assert scored.contributions.empty
    assert scored.scores.empty


def test_a_model_that_is_not_active_scores_nobody(score: Score) -> None:
    seeds = project_seeds()
    seeds["scoring_models"].loc[seeds["scoring_models"]["scoring_model"] == "decay", "is_active"] = "false"
    scored = score(seeds, LEAD, NO_FACTS, NO_ACTIVITY, AS_OF)
    assert set(scored.scores["scoring_model"]) == set(scored.contributions["scoring_model"]) == {"standard"}


def test_of_two_bands_worth_the_same_the_smallest_id_counts(score: Score) -> None:
    seeds = project_seeds()
    rules = seeds["engagement_band_rules"]
    rules.loc[rules["rule_id"].isin(["form_7_days", "form_14_days"]), "percent"] = "60"
    scored = score(seeds, LEAD, NO_FACTS, activities_frame([on(0, "form_submitted")]), AS_OF)
    assert points(scored, "standard")[("any_form", "form_14_days")] == 21


def test_two_demo_requests_in_a_day_fill_the_group_of_hand_raises(score: Score) -> None:
    activities = activities_frame([on(0, "form_submitted", 2, "demo")])
    scored = score(project_seeds(), LEAD, NO_FACTS, activities, AS_OF)
    assert {rule_id: value for (name, rule_id), value in points(scored, "decay").items() if name == "hand_raises"} == {
        "demo_request": Decimal(90),
        "demo_request.day_cap": Decimal(-45),
        "form_submitted": Decimal(24),
        "criterion_cap": Decimal(-9),
    }
    assert only_score(scored, "decay")["engagement_score"] == 60
