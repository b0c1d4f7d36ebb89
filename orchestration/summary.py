"""`python -m orchestration.summary`: what the last run came to, from what was published and from the sync's journal."""

from __future__ import annotations

import argparse
import csv
import sys
import textwrap
from collections import Counter
from collections.abc import Sequence
from itertools import zip_longest
from typing import Any

import duckdb

from orchestration.home import Home
from orchestration.project import project_dir
from orchestration.publish import published_file
from orchestration.reverse_sync.push import journal

WIDTH = 118
TOP_LEADS = 10
TOP_STEPS = 8
SHOWN_REASONS = 12
SHOWN_FILES = 6
SHOWN_BREACHES = 5
PROFILES = "ABCD"
LEVELS = "1234"


class NothingPublished(RuntimeError):  # noqa: N818
    """There is no published file yet."""


def render(home: Home) -> str:
    """The summary as plain text, at most 120 columns wide.

    Raises:
        NothingPublished: when nothing was ever published; says the cure.
    """
    file = published_file(home)
    if not file.exists():
        raise NothingPublished(f"nothing is published at {file} yet: run `python -m orchestration.run`")
    with duckdb.connect(str(file), read_only=True) as published:
        sections = [
            _header(published),
            _rows_read(published),
            _quarantine(published),
            _files_not_read(published),
            _grades(published),
            _best_leads(published),
            _funnel(published),
            _follow_up(published),
            _todays_plan(published),
            _referrals(published),
        ]
    sections += [_sync(home), _where_next(home)]
    return "\n\n".join(section for section in sections if section)


def _header(published: duckdb.DuckDBPyConnection) -> str:
    ((as_of, published_at),) = published.execute("select as_of, published_at from published_build").fetchall()
    left = f"LEADHOUSE  as of {as_of:%Y-%m-%d %H:%M} UTC"
    return f"{left}{f'published {published_at:%Y-%m-%d %H:%M} UTC':>{WIDTH - len(left)}}\n{'=' * WIDTH}"


def _rows_read(published: duckdb.DuckDBPyConnection) -> str:
    rows = published.execute(
        """
        select
            coalesce(source || '.' || table_name, 'all') as name,
            sum(raw_rows), sum(staged_rows), sum(duplicate_rows), sum(quarantined_rows)
        from row_accounting
        group by rollup ((source, table_name))
        having sum(raw_rows) > 0
        order by source is null, source, table_name
        """
    ).fetchall()
    return _table("ROWS READ", ("raw table", "rows", "staged", "duplicates", "quarantined"), rows)


def _quarantine(published: duckdb.DuckDBPyConnection) -> str:
    rows = published.execute(
        """
        select reason, source || '.' || table_name, coalesce(column_name, '(whole row)'), count(*)
        from quarantined_rows
        group by all
        order by count(*) desc, 1, 2, 3
        """
    ).fetchall()
    title = "QUARANTINED  every row with its file, line and value is in the mart quarantined_rows"
    return _table(title, ("reason", "raw table", "column", "rows"), rows[:SHOWN_REASONS], more=len(rows))


def _files_not_read(published: duckdb.DuckDBPyConnection) -> str:
    rows = published.execute(
        """
        select status, landing_path, coalesce(column_name || ': ', '') || coalesce(reason, '')
        from landing_files
        where status <> 'accepted'
        order by all
        """
    ).fetchall()
    cut = [
        (status.replace("_", " "), _printable(path)[-46:], textwrap.shorten(_printable(why), 56, placeholder=" ..."))
        for status, path, why in rows
    ]
    return _table("FILES NOT READ", ("", "landing file", "why"), cut[:SHOWN_FILES], more=len(rows)) if rows else ""


def _grades(published: duckdb.DuckDBPyConnection) -> str:
    """The matrix, and beside it where its cells go."""
    counts: Counter[tuple[str, str]] = Counter()
    cells: dict[str, list[str]] = {}
    leads_by_action: Counter[str] = Counter()
    for profile, level, action, leads in published.execute(
        """
        select profile_grade, cast(engagement_level as varchar), coalesce(action_label, 'none'), count(*)
        from lead_scores
        where scoring_model = ?
        group by all
        order by min(priority), 1, 2
        """,
        [_default_model()],
    ).fetchall():
        counts[profile, level] = leads
        cells.setdefault(action, []).append(f"{profile}{level}")
        leads_by_action[action] += leads
    matrix = [f"{'':>5}" + "".join(f"{head:>9}" for head in (*LEVELS, "all"))]
    for profile in PROFILES:
        row = [counts[profile, level] for level in LEVELS]
        matrix.append(f"{profile:>5}" + "".join(f"{count:>9,}" for count in (*row, sum(row))))
    columns = [sum(counts[profile, level] for profile in PROFILES) for level in LEVELS]
    matrix.append(f"{'all':>5}" + "".join(f"{count:>9,}" for count in (*columns, sum(columns))))
    actions = [f"{'next action':<27} {'cells':<20} {'leads':>7}"] + [
        f"{action:<27.27} {' '.join(names):<20} {leads_by_action[action]:>7,}" for action, names in cells.items()
    ]
    title = f"GRADES  scoring model {_default_model()}: fit A (best) to D, interest 1 (hot) to 4"
    return "\n".join(
        [title, *(f"{left}      {right}".rstrip() for left, right in zip_longest(matrix, actions, fillvalue=""))]
    )


def _best_leads(published: duckdb.DuckDBPyConnection) -> str:
    rows = published.execute(
        f"""
        select
            lead_scores.lead_id, leads.title, leads.company, lead_scores.grade, lead_scores.combined_score,
            lead_scores.action_label, lead_scores.owner_team, lead_scores.sla_hours, lead_scores.reason
        from lead_scores
        inner join leads on lead_scores.lead_id = leads.lead_id
        where lead_scores.scoring_model = ? and not leads.is_test and not leads.is_deleted
        order by lead_scores.priority, lead_scores.combined_score desc, lead_scores.lead_id
        limit {TOP_LEADS}
        """,
        [_default_model()],
    ).fetchall()
    lines = [f"THE {len(rows)} BEST LEADS"]
    for number, (lead_id, title, company, grade, score, action, team, hours, reason) in enumerate(rows, start=1):
        who = _printable(", ".join(part for part in (title, company) if part) or "unknown")
        todo = f"{action} ({team}{f', within {hours} h' if hours else ''})"
        lines.append(f"{number:>3}. {grade}  {score:6.1f}  {lead_id:<12} {who:<48.48}  -> {todo}"[:WIDTH])
        lines += textwrap.wrap(_printable(reason or ""), WIDTH, initial_indent=" " * 9, subsequent_indent=" " * 9)
    return "\n".join(lines)


def _funnel(published: duckdb.DuckDBPyConnection) -> str:
    """Stages of the default funnel: who is there, who was, and what share of old enough cohorts went on."""
    model = _default("lifecycle", "lifecycle_models", "lifecycle_model")
    figures = {
        stage: cells
        for stage, *cells in published.execute(
            """
            with passages as (
                select from_stage, to_stage, sum(passed) as passed, sum(entered) as entered
                from funnel_conversion
                where lifecycle_model = $1 and dimension = 'all' and cohort_grain = 'month' and is_mature
                group by from_stage, to_stage
            )
            select
                velocity.stage, velocity.running, velocity.spells,
                string_agg(format('{:.0f} % to {}', 100 * passages.passed / passages.entered, passages.to_stage), ', '
                    order by passages.to_stage),
                any_value(velocity.median_days)::varchar
            from pipeline_velocity as velocity
            left join passages on velocity.stage = passages.from_stage
            where velocity.lifecycle_model = $1
            group by velocity.stage, velocity.running, velocity.spells
            """,
            [model],
        ).fetchall()
    }
    stages = [row for row in _seed("lifecycle", "lifecycle_stages") if row["lifecycle_model"] == model]
    rows = [
        (stage["stage"], stage["label"], *figures.get(stage["stage"], (0, 0, None, None)))
        for stage in sorted(stages, key=lambda stage: int(stage["stage_rank"]))
    ]
    title = "FUNNEL  where leads are; what went on counts only cohorts that are old enough"
    return _table(title, ("stage", "", "leads now", "stays", "went on", "median days"), rows)


def _follow_up(published: duckdb.DuckDBPyConnection) -> str:
    """How sales follows up what it is handed, and who has waited longest."""
    model = _default("lifecycle", "lifecycle_models", "lifecycle_model")
    ((hand_offs, in_time, late, overdue, waiting),) = published.execute(
        """
        select
            count(*), count(*) filter (verdict = 'in time'), count(*) filter (verdict = 'late'),
            count(*) filter (verdict = 'overdue'), count(*) filter (verdict = 'waiting')
        from follow_up_sla where lifecycle_model = ?
        """,
        [model],
    ).fetchall()
    rows = published.execute(
        """
        select
            lead_id, coalesce(grade, ''), coalesce(team, ''), strftime(handed_off_at, '%Y-%m-%d %H:%M'),
            business_seconds // 3600, target_hours
        from follow_up_sla
        where lifecycle_model = ? and verdict = 'overdue'
        order by business_seconds desc, lead_id
        """,
        [model],
    ).fetchall()
    title = (
        f"FOLLOW-UP  {hand_offs:,} hand-offs: {in_time:,} answered in time, {late:,} late, {overdue:,} overdue, "
        f"{waiting:,} waiting"
    )
    header = ("overdue longest", "grade", "team", "handed over (UTC)", "business hours", "target")
    return _table(title, header, rows[:SHOWN_BREACHES], more=len(rows))


def _todays_plan(published: duckdb.DuckDBPyConnection) -> str:
    """What nurture sends within a day of the as-of time, and why others are sent nothing."""
    rows = published.execute(
        """
        select
            nurture_plan.program, nurture_plan.step, nurture_plan.label, nurture_plan.channel,
            count(*) as leads, count(distinct nurture_plan.content_id) as contents
        from nurture_plan
        where earliest_at < as_of + interval 1 day
        group by all
        order by leads desc, nurture_plan.program, nurture_plan.step, nurture_plan.channel
        """
    ).fetchall()
    ((others,),) = published.execute(
        """
        select string_agg(leads || ' ' || replace(status, '_', ' '), ', ' order by leads desc, status)
        from (select status, count(*) as leads from nurture_programs where status <> 'planned' group by status)
        """
    ).fetchall()
    header = ("programme", "step", "what", "channel", "leads", "contents")
    table = _table("TODAY'S PLAN  nurture_plan says whom, where and when", header, rows[:TOP_STEPS], more=len(rows))
    return "\n".join(
        [
            table,
            *textwrap.wrap(f"nothing for: {others or 'nobody'}", WIDTH, initial_indent="  ", subsequent_indent="  "),
        ]
    )


def _referrals(published: duckdb.DuckDBPyConnection) -> str:
    """Who was sent by somebody; nothing where nobody ever said so."""
    ((said, credited, converted),) = published.execute(
        "select count(*), count(*) filter (where is_credited), count(converted_at) from referrals"
    ).fetchall()
    refused = published.execute(
        "select count(*) || ' ' || refusal from referrals where refusal is not null group by refusal order by all desc"
    ).fetchall()
    words = [f"{credited:,} credited ({converted:,} converted)", *(reason for (reason,) in refused)]
    return f"REFERRALS  {said:,} said who sent them: {', '.join(words)}" if said else ""


def _sync(home: Home) -> str:
    rows = journal(home).last_run()
    if not rows:
        return "SYNC  nothing was ever sent"
    outcomes = Counter(row["outcome"] for row in rows)
    words = ", ".join(
        f"{outcomes[name]:,} {name}"
        for name in ("accepted", "unchanged", "rejected", "retry", "dead_letter")
        if outcomes[name]
    )
    last = (
        f"SYNC  last sent to {rows[0]['destination']} at {rows[-1]['sent_at'][:16]} UTC: {len(rows):,} records, {words}"
    )
    codes = Counter(row["code"] for row in rows if row["code"])
    return "\n".join([last, *(f"      {count:,} x {_printable(code)}" for code, count in codes.most_common(5))])


def _where_next(home: Home) -> str:
    return "\n".join(
        [
            "WHERE TO LOOK NEXT",
            "  make dev           Dagster's page: every table, check, run and schedule",
            "  make sync-dry-run  what a sync would send now",
            "  make compare       change a weight in dbt_project/seeds/scoring/ and see who moves",
            f"  the marts for your BI tool, as DuckDB (Parquet beside it): {published_file(home)}",
            f"  what went out as files: {home.outbox}",
        ]
    )


def _default_model() -> str:
    """The scoring model that the CRM gets."""
    return _default("scoring", "scoring_models", "scoring_model")


def _default(folder: str, seed: str, column: str) -> str:
    """The cell of the row of a seed that is marked as the default."""
    return next(row[column] for row in _seed(folder, seed) if row["is_default"] == "true")


def _seed(folder: str, seed: str) -> list[dict[str, str]]:
    with (project_dir() / "seeds" / folder / f"{seed}.csv").open(encoding="utf-8", newline="") as rows:
        return list(csv.DictReader(rows))


def _table(title: str, header: Sequence[str], rows: Sequence[Sequence[Any]], more: int = 0) -> str:
    """Text on the left, numbers on the right, columns as wide as they need be."""
    if not rows:
        return f"{title}\n  none"
    cells = [[_cell(cell) for cell in row] for row in rows]
    widths = [max(len(line[at]) for line in [list(header), *cells]) for at in range(len(header))]
    numeric = [isinstance(cell, int | float) or hasattr(cell, "as_tuple") for cell in rows[0]]

    def line(row: Sequence[str]) -> str:
        parts = (
            cell.rjust(width) if right else cell.ljust(width)
            for cell, width, right in zip(row, widths, numeric, strict=True)
        )
        return "  " + "  ".join(parts).rstrip()

    lines = [title, line(header), *(line(row) for row in cells)]
    if more > len(rows):
        lines.append(f"  ... and {more - len(rows):,} more")
    return "\n".join(lines)


def _cell(value: Any) -> str:
    return f"{value:,}" if not isinstance(value, str | None) else _printable(value or "")


def _printable(text: str) -> str:
    """Text of others without line breaks and control characters: no value can forge a line of ours."""
    return "".join(character if character.isprintable() else "?" for character in text)


def main(arguments: list[str] | None = None) -> int:
    """The command."""
    argparse.ArgumentParser(
        prog="python -m orchestration.summary", description="Print what the last published run came to."
    ).parse_args(arguments)
    try:
        print(render(Home.from_environment()))
    except NothingPublished as problem:
        print(problem, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
