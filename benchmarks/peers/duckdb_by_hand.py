"""Runs duckdb_by_hand.sql: sets its variables, sorts files by their types, spells out the seeds' patterns.

Written by the Leadhouse team as the limit for its own build; objections welcome. Threads, memory and
the order of rows are as in the build's profile.
"""

from __future__ import annotations

import csv
from datetime import datetime, timedelta
from pathlib import Path

import duckdb

SCRIPT = Path(__file__).with_suffix(".sql")
SOURCES = ("web", "email", "messaging")


def run(raw: Path, seeds: Path, out: Path, as_of: datetime) -> None:
    """Score from raw files.

    Args:
        raw: the landed files.
        seeds: the project's seeds.
        out: an empty folder; gets ``scores.duckdb`` with ``lead_scores`` and ``lead_score_contributions``.
        as_of: the instant that scores are made for, without a time zone, in UTC.
    """
    with duckdb.connect(str(out / "scores.duckdb")) as connection:
        connection.execute("set threads = 2; set memory_limit = '8GB'; set preserve_insertion_order = false")
        connection.execute(f"set TimeZone = 'UTC'; set temp_directory = {text(str(out / 'spill'))}")
        variables = {"raw": str(raw), "seeds": str(seeds), "as_of": as_of}
        for source in SOURCES:
            typed, as_text = files_by_type(connection, raw / source / "events")
            variables |= {f"{source}_files": typed, f"{source}_text_files": as_text}
        for limits in rows(seeds / "reference" / "row_limits.csv"):
            variables[f"{limits['source']}_earliest"] = datetime.fromisoformat(limits["earliest_at"])
            variables[f"{limits['source']}_ahead"] = timedelta(hours=int(limits["hours_ahead"]))
        for name, value in variables.items():
            connection.execute(f"set variable {name} = ?", [value])
        for name, definition in robot_macros(seeds / "reference"):
            connection.execute(f"create temp macro {name} as {definition}")
        connection.execute(SCRIPT.read_text())


def files_by_type(connection: duckdb.DuckDBPyConnection, folder: Path) -> tuple[list[str], list[str]]:
    """The files whose columns have the contract's types, and the others; both lists begin with the empty contract."""
    found = connection.execute(
        """
        with columns as (
            from parquet_schema(?) where name in ('occurred_at', 'loaded_at', 'dwell_seconds')
        ),
        typed as (select distinct name, type from columns where file_name like '%/contract.parquet')
        select columns.file_name, bool_and(typed.name is not null)
        from columns left join typed using (name, type)
        group by columns.file_name order by columns.file_name like '%/contract.parquet' desc, columns.file_name
        """,
        [f"{folder}/**/*.parquet"],
    ).fetchall()
    typed = [file for file, is_typed in found if is_typed]
    return typed, typed[:1] + [file for file, is_typed in found if not is_typed]


def robot_macros(reference: Path) -> list[tuple[str, str]]:
    """The lists of robots as one condition each; a rule that is switched off has none."""
    enabled = {row["rule"] for row in rows(reference / "bot_rules.csv") if row["is_enabled"] == "true"}
    agents = [f"lower(agent) like {text(row['user_agent_pattern'])}" for row in rows(reference / "bot_user_agents.csv")]
    networks = [f"address like {text(row['address_pattern'])}" for row in rows(reference / "bot_networks.csv")]
    proxies = [
        f"(lower(agent) = {text(row['user_agent'])} and address like {text(row['address_pattern'])})"
        for row in rows(reference / "privacy_proxies.csv")
    ]
    actions = {"opened", "clicked", "unsubscribed"} | {
        row["event_type"]
        for row in rows(reference / "event_types.csv")
        if row["source"] == "email" and row["is_engagement"] == "true"
    }
    return [
        ("is_email_action(event)", f"event in ({', '.join(map(text, sorted(actions)))})"),
    ] + [
        (head, f"coalesce({' or '.join(conditions if rule in enabled else []) or 'false'}, false)")
        for head, rule, conditions in (
            ("is_robot_agent(agent)", "user_agent", agents),
            ("is_robot_address(address)", "network", networks),
            ("is_privacy_proxy(agent, address)", "privacy_open", proxies),
        )
    ]


def rows(file: Path) -> list[dict[str, str]]:
    """The rows of a seed."""
    with file.open(newline="") as lines:
        return list(csv.DictReader(lines))


def text(value: str) -> str:
    """A value as an SQL literal."""
    return "'" + value.replace("'", "''") + "'"
