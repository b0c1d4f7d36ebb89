"""The table and the chart."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any
from xml.sax.saxutils import escape

from benchmarks.figures import FIGURES

NAMES = {
    "full": "full build",
    "full_start": "full build of twenty leads",
    "small_full": "full build, a tenth of the people",
    "everything": "full build of every model of the project",
    "everything_start": "the same of twenty leads",
    "hand": "by hand in DuckDB, no dbt",
    "polars": "polars",
    "pandas": "pandas",
    "postgres": "PostgreSQL 15",
    "polars_small": "polars, a tenth of the people",
    "pandas_small": "pandas, a tenth of the people",
    "postgres_small": "PostgreSQL 15, a tenth of the people",
    "hand_small": "by hand in DuckDB, a tenth of the people",
    "night": "night, a day of new events",
    "night_start": "night of twenty leads",
    "decay_night": "night without new events",
    "decay_night_start": "night of twenty leads, without new events",
    "reweigh": "a weight changed",
    "reweigh_start": "a weight changed, twenty leads",
    "night_short_history": "night of a tenth of the people",
    "night_long_history": "the same night, ten times the past",
    "demo": "make demo, after install",
    "toy_dbt_build": "toy of 40 models: dbt build",
    "toy_process_a_step": "toy: dagster job execute, a process a step",
    "toy_one_process": "toy: all steps in one process",
    "toy_lean_dbt": "toy: and dbt not started twice",
    "toy_open_event_log": "toy: and the event log stays open",
    "import_dbt": "import dbt",
    "parse_nothing_known": "dbt parse, nothing known",
    "parse_nothing_changed": "dbt parse, nothing changed",
    "import_dagster": "import Dagster",
    "import_ours": "import Dagster and our definitions",
    "build_tiny_again": "dbt build of twenty leads again",
    "job_tiny_again": "Dagster job of twenty leads again (landing, build, publish)",
}
CHARTED = ("full", "hand", "polars", "pandas", "postgres", "night", "decay_night", "reweigh")
WIDTH, LABEL, ROW = 760, 250, 30


def table(results: Mapping[str, Any]) -> str:
    """Everything that was measured, as text in columns."""
    lines = [
        f"{results['leads']:,} leads, {results['events'] or 0:,} raw events, {results['sizes']['days']} days; "
        f"{results['machine']['cores']} cores, {results['machine']['memory_gb']:.0f} GB",
        "",
        f"{'figure':<68} {'value':>9} {'by processor':>13}   goal",
    ]
    for figure in FIGURES:
        values = results[figure.key], results["by_processor_time"][figure.key]
        shown = ["-" if value is None else f"{value:.3f}" for value in values]
        lines.append(f"{f'{figure.key}: {figure.means}':<68} {shown[0]:>9} {shown[1]:>13}   {figure.goal}")
    lines += ["", f"{'measure':<58} {'median':>9} {'least':>9} {'most':>9} {'cpu':>9} {'peak':>8} {'runs':>5}"]
    for name, measured in results["measured"].items():
        runs = measured["all_seconds"]
        lines.append(
            f"{NAMES.get(name, name):<58} {measured['seconds']:>7,.1f} s {min(runs):>7,.1f} s {max(runs):>7,.1f} s"
            f" {measured['cpu_seconds']:>7,.1f} s {measured['peak_gb']:>5.1f} GB {len(runs):>5}"
        )
    lines += [f"{NAMES.get(name, name)}: {reason}" for name, reason in results["failures"].items()]
    lines += results["notes"]
    return "\n".join(lines)


def chart(results: Mapping[str, Any]) -> str:
    """An SVG of bars: seconds on a logarithmic axis, least to most as a line."""
    measured = [(name, results["measured"][name]) for name in CHARTED if name in results["measured"]]
    if not measured:
        return '<svg xmlns="http://www.w3.org/2000/svg"/>\n'
    measured.sort(key=lambda entry: entry[1]["seconds"])
    slowest = max(max(entry["all_seconds"]) for _, entry in measured)
    fastest = min(min(entry["all_seconds"]) for _, entry in measured)
    first, last = math.floor(math.log10(fastest)), math.ceil(math.log10(slowest * 1.2))

    def place(value: float) -> float:
        return LABEL + (math.log10(value) - first) / (last - first) * (WIDTH - LABEL - 90)

    height = ROW * len(measured) + 78
    size = f"{results['leads']:,} leads, {results['events']:,} events, {results['machine']['cores']} cores"
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}"',
        ' font-family="sans-serif" font-size="13">',
        f'<rect width="{WIDTH}" height="{height}" fill="white"/>',
        f'<text x="12" y="24" font-size="15" font-weight="bold">Raw files to lead scores: {escape(size)}</text>',
    ]
    for power in range(first, last + 1):
        x = place(10.0**power)
        parts.append(f'<line x1="{x:.1f}" y1="40" x2="{x:.1f}" y2="{height - 30}" stroke="#ddd"/>')
        parts.append(f'<text x="{x:.1f}" y="{height - 12}" text-anchor="middle" fill="#555">{10.0**power:g} s</text>')
    for row, (name, entry) in enumerate(measured):
        y, x, runs = 46 + row * ROW, place(entry["seconds"]), entry["all_seconds"]
        colour = "#2a6f97" if name in ("full", "night", "decay_night", "reweigh") else "#b7b7a4"
        parts.append(f'<text x="{LABEL - 10}" y="{y + 15}" text-anchor="end">{escape(NAMES[name])}</text>')
        parts.append(f'<rect x="{LABEL}" y="{y}" width="{x - LABEL:.1f}" height="20" fill="{colour}"/>')
        least, most = place(min(runs)), place(max(runs))
        parts.append(
            f'<line x1="{least:.1f}" y1="{y + 10}" x2="{most:.1f}" y2="{y + 10}" stroke="black" stroke-width="2"/>'
        )
        parts.append(f'<text x="{most + 8:.1f}" y="{y + 15}">{entry["seconds"]:,.1f} s</text>')
    return "\n".join([*parts, "</svg>"]) + "\n"
