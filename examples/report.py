"""Grades beside the outcome: AUC of the combined score, lift of the letter A, conversion by grade."""

from __future__ import annotations

from dataclasses import dataclass

import duckdb
import pandas as pd

LETTERS = ("A", "B", "C", "D")
LEVELS = (1, 2, 3, 4)


class ReportError(RuntimeError):
    """Scores and outcomes do not fit together."""


@dataclass(frozen=True)
class GroupResult:
    """How one scoring model did on one group of leads. Rates are shares from 0 to 1."""

    scoring_model: str
    leads_group: str
    leads: int
    conversion: float
    auc: float
    a_leads: int
    a_conversion: float
    a_lift: float
    hand_offs: int
    hand_off_conversion: float


@dataclass(frozen=True)
class Report:
    """The results, one row a model and group, and the graded leads that they come from."""

    results: list[GroupResult]
    graded: pd.DataFrame

    def result(self, scoring_model: str, leads_group: str) -> GroupResult:
        """The result of a model on a group.

        Raises:
            KeyError: when there is none.
        """
        for result in self.results:
            if (result.scoring_model, result.leads_group) == (scoring_model, leads_group):
                return result
        raise KeyError(f"no result for {scoring_model} on {leads_group}")


def area_under_curve(score: pd.Series, converted: pd.Series) -> float:
    """The chance that a converted lead has the higher score than one that did not convert; a tie counts half.

    Raises:
        ReportError: when all leads or none converted.
    """
    positives = int(converted.sum())
    negatives = len(converted) - positives
    if positives == 0 or negatives == 0:
        raise ReportError("AUC needs leads that converted and leads that did not")
    ranks = score.astype(float).rank(method="average")
    return float((ranks[converted].sum() - positives * (positives + 1) / 2) / (positives * negatives))


def make_report(warehouse: duckdb.DuckDBPyConnection, outcomes: pd.DataFrame) -> Report:
    """Join the scores of every scoring model with the outcomes.

    Args:
        warehouse: a connection to the built warehouse.
        outcomes: columns lead_id, leads_group, converted (boolean); a lead may be in several groups.

    Raises:
        ReportError: when a lead with an outcome has no score.
    """
    scores = warehouse.sql(
        """
        select scores.lead_id, scores.scoring_model, models.is_default, scores.profile_grade, scores.engagement_level,
            scores.grade, cast(scores.combined_score as double) as combined_score, actions.is_hand_off
        from marts.lead_scores as scores
        inner join seeds.scoring_models as models on scores.scoring_model = models.scoring_model
        inner join seeds.grade_actions as actions
            on scores.scoring_model = actions.scoring_model and scores.grade = actions.grade
        order by models.is_default desc, scores.scoring_model, scores.lead_id
        """
    ).df()
    without_score = set(outcomes["lead_id"]) - set(scores["lead_id"])
    if without_score:
        raise ReportError(
            f"{len(without_score)} of {outcomes['lead_id'].nunique()} leads with an outcome have no score, "
            f"such as {min(without_score)}: look for them in quarantined_rows, or for merges in int_identities"
        )
    graded = scores.merge(outcomes, on="lead_id", how="inner")
    groups = graded.groupby(["scoring_model", "leads_group"], sort=False)
    return Report([_measure(str(model), str(group), leads) for (model, group), leads in groups], graded)


def _measure(scoring_model: str, leads_group: str, leads: pd.DataFrame) -> GroupResult:
    conversion = float(leads["converted"].mean())
    a_leads = leads[leads["profile_grade"] == "A"]
    hand_offs = leads[leads["is_hand_off"]]
    a_conversion = float(a_leads["converted"].mean()) if len(a_leads) else float("nan")
    return GroupResult(
        scoring_model=scoring_model,
        leads_group=leads_group,
        leads=len(leads),
        conversion=conversion,
        auc=area_under_curve(leads["combined_score"], leads["converted"]),
        a_leads=len(a_leads),
        a_conversion=a_conversion,
        a_lift=a_conversion / conversion,
        hand_offs=len(hand_offs),
        hand_off_conversion=float(hand_offs["converted"].mean()) if len(hand_offs) else float("nan"),
    )


def format_report(report: Report, matrix_group: str) -> str:
    """The report as text: a line for each model and group, then conversion by grade for one group.

    Args:
        report: what `make_report` returned.
        matrix_group: the group whose grades are laid out in full.
    """
    heading = (
        f"{'scoring model':<20}{'leads':<28}{'count':>7}{'converted':>11}{'AUC':>7}"
        f"{'A: count':>10}{'converted':>11}{'lift':>6}{'handed off':>12}{'converted':>11}"
    )
    lines = [heading]
    for result in report.results:
        lines.append(
            f"{result.scoring_model:<20}{result.leads_group:<28}{result.leads:>7,}{result.conversion:>11.1%}"
            f"{result.auc:>7.3f}{result.a_leads:>10,}{result.a_conversion:>11.1%}{result.a_lift:>6.2f}"
            f"{result.hand_offs:>12,}{result.hand_off_conversion:>11.1%}"
        )
    for scoring_model in dict.fromkeys(result.scoring_model for result in report.results):
        of_model = report.graded["scoring_model"] == scoring_model
        of_group = report.graded["leads_group"] == matrix_group
        lines += ["", f"{scoring_model}, {matrix_group}: share converted (leads) by grade"]
        lines += _matrix(report.graded[of_model & of_group])
    return "\n".join(lines)


def _matrix(leads: pd.DataFrame) -> list[str]:
    lines = ["".join([f"{'':<6}", *(f"{level:>16}" for level in LEVELS), f"{'all':>16}"])]
    levels = leads["engagement_level"].astype(int)
    for letter in LETTERS:
        of_letter = leads["profile_grade"] == letter
        cells = [_cell(leads[of_letter & (levels == level)]) for level in LEVELS]
        lines.append("".join([f"{letter:<6}", *cells, _cell(leads[of_letter])]))
    lines.append("".join([f"{'all':<6}", *(_cell(leads[levels == level]) for level in LEVELS), _cell(leads)]))
    return lines


def _cell(leads: pd.DataFrame) -> str:
    return f"{leads['converted'].mean():>8.1%} {f'({len(leads):,})':>7}" if len(leads) else f"{'-':>16}"
