"""A comparison as a table for the screen and a file for the spreadsheet."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from orchestration.compare.differences import Comparison
from orchestration.files import write_whole

ROWS_SHOWN = 15


def as_text(comparison: Comparison) -> str:
    """The comparison for a screen 120 columns wide."""
    changed = comparison.changed
    same = comparison.before == comparison.after
    title = comparison.after if same else f"{comparison.before} -> {comparison.after}"
    if changed.empty:
        return f"{title}: no lead of {comparison.lead_count:,} changes grade"
    points = changed["combined_after"] - changed["combined_before"]
    lines = [
        f"{title}: {len(changed):,} of {comparison.lead_count:,} leads change grade"
        f" ({int((points > 0).sum()):,} up, {int((points < 0).sum()):,} down, {points.mean():+.1f} points on average)",
        "",
        f"  leads to hand over   {comparison.hand_offs[0]:>8,} -> {comparison.hand_offs[1]:,}",
        f"  hand-offs a week     {comparison.weekly_hand_offs[0]:>8,} -> {comparison.weekly_hand_offs[1]:,}"
        f"   ({comparison.weekly_hand_offs[1] - comparison.weekly_hand_offs[0]:+,})",
        "",
        "  from  to    leads   points on average",
    ]
    cells = changed.assign(points=points).groupby(["grade_before", "grade_after"], as_index=False)
    moves = cells.agg(leads=("points", "size"), mean_points=("points", "mean"))
    moves = moves.sort_values("leads", ascending=False, kind="stable")
    for row in moves.head(ROWS_SHOWN).itertuples():
        lines.append(f"  {row.grade_before}    {row.grade_after}  {row.leads:>7,}   {row.mean_points:+.1f}")
    lines += _rest(len(moves))
    lines += ["", "  rules behind it                                              leads       points"]
    for rule in comparison.rules.head(ROWS_SHOWN).itertuples():
        lines.append(f"  {_cut(f'{rule.criterion}: {rule.label}', 58):<58} {rule.leads:>7,} {rule.points:>+12,.1f}")
    lines += _rest(len(comparison.rules))
    lines += ["", "  lead                  from  to    points  moved by"]
    for lead in changed.head(ROWS_SHOWN).itertuples():
        delta = float(lead.combined_after) - float(lead.combined_before)  # type: ignore[arg-type]
        lines.append(
            f"  {_cut(str(lead.lead_id), 20):<20}  {lead.grade_before}    {lead.grade_after}  {delta:>+7.1f}"
            f"  {_cut(str(lead.moved_by), 75)}"
        )
    return "\n".join(lines + _rest(len(changed)))


def write_file(comparisons: list[Comparison], path: Path) -> int:
    """Write every lead that changes grade to a CSV file, whole or not at all.

    Returns:
        How many rows it has.
    """
    frames = [
        comparison.changed.assign(model_before=comparison.before, model_after=comparison.after)
        for comparison in comparisons
    ]
    rows = pd.concat(frames, ignore_index=True)
    for column in ("lead_id", "moved_by"):
        rows[column] = rows[column].map(_harmless)
    write_whole(path, rows.to_csv(index=False))
    return len(rows)


def _rest(count: int) -> list[str]:
    return [f"  ... and {count - ROWS_SHOWN:,} more"] if count > ROWS_SHOWN else []


def _cut(text: str, width: int) -> str:
    return text if len(text) <= width else text[: width - 1] + "…"


def _harmless(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{cell}" if cell[:1] in {"=", "+", "-", "@", "\t", "\r"} else cell
