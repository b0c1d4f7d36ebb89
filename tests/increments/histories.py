"""Histories: what landed on which night, how each went, and whether the warehouse is then what a full refresh makes."""

from __future__ import annotations

import json
import random
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb

from orchestration.home import DBT_PROJECT
from orchestration.landing import register
from orchestration.project import NOT_PARSED
from tests import forked_dbt
from tests.end_to_end.leadhouse import Leadhouse, differing_rows
from tests.increments.seeds import EDITS, Edit, write_seeds
from tests.increments.worlds import Row, World, draw_world, named

START = datetime(2026, 9, 20, 1)
# The tables that remember: a full refresh keeps them, as what was said in the past cannot be said again.
HISTORY = ("lead_grade_change_contributions", "lead_segment_changes", "nurture_enrolments")
ALSO_COMPARED = ("int_activities", "int_bot_verdicts", "lead_activity_daily")
BUILD = ("build", "--exclude-resource-type", "unit_test", "test")
# Statements of one build, about: a run may be killed before each of them.
STATEMENTS = 1000
SELECTIONS = (
    "path:models/staging",
    "path:models/intermediate/identity",
    "path:models/intermediate/activity",
    "path:models/marts",
    "resource_type:seed",
    "base_email__event_verdicts+",
    "base_web__event_verdicts",
    "int_bot_verdicts",
    "int_activities",
    "int_visitor_identities",
    "lead_activity_daily+",
    "+lead_scores",
    "+int_bot_signals",
)


@dataclass(frozen=True)
class Night:
    """One run.

    Attributes:
        as_of: its clock; a replay is earlier than the night before.
        landed_at: when its files land.
        edits: the changes of the seeds that are in force.
        dies_at: it is killed before its n-th SQL statement; None when it is not.
        selection: what dbt is told to build; None for all.
    """

    as_of: datetime
    landed_at: datetime
    edits: tuple[Edit, ...] = ()
    dies_at: int | None = None
    selection: str | None = None

    @property
    def is_whole(self) -> bool:
        """Whether it was left to build everything."""
        return self.dies_at is None and self.selection is None


@dataclass(frozen=True)
class History:
    """Nights, the last of them whole, and the worlds whose rows land on them."""

    nights: tuple[Night, ...]
    worlds: Mapping[str, World]

    def only(self, worlds: Mapping[str, World]) -> History:
        """The same nights in other worlds."""
        return replace(self, worlds=worlds)


def draw_history(seed: int, worlds: int | None = None) -> History:
    """Draw a history; the same number gives the same history.

    Args:
        worlds: how many; drawn when left out, since few worlds leave many tables untouched on a night.
    """
    chance = random.Random(seed)
    nights = _draw_nights(chance)
    moments = [night.as_of for night in nights]
    count = worlds or chance.choice((1, 5, 40, 250, 250))
    names = [f"w{number}x" for number in range(count)]
    drawn = {name: draw_world(chance, moments, len(nights), chance.choice((3, 8, 20))) for name in names}
    # On some nights some tables bring nothing.
    quiet = {(night, table) for night in range(len(nights)) for table in _TABLES if chance.random() < 0.25}
    return History(nights, {name: tuple(_not_on(quiet, row) for row in world) for name, world in drawn.items()})


_TABLES = ("email.events", "web.events", "messaging.events", "crm.leads", "crm.contacts", "crm.lead_attributes")


def _not_on(quiet: set[tuple[int, str]], row: Row) -> Row:
    """The row on the last night before that is not quiet; the first night takes what has no other."""
    night = row.night
    while night and (night, row.table) in quiet:
        night -= 1
    return replace(row, night=night)


def _draw_nights(chance: random.Random) -> tuple[Night, ...]:
    as_of, nights = START, list[Night]()
    edits = set(chance.sample(range(len(EDITS)), chance.choice((0, 0, 1, 4))))
    count = chance.choice((2, 3, 3, 4, 5))
    for number in range(count):
        if number:
            # Going back or changing a seed mostly means building all anew, which hides what went wrong before.
            is_unusual = chance.random() < 0.3
            as_of += timedelta(days=chance.choice((0, 1, -1, -3) if is_unusual else (0, 0.001, 0.3, 1, 1, 2, 40)))
            if is_unusual and chance.random() < 0.7:
                edits ^= set(chance.sample(range(len(EDITS)), chance.choice((1, 1, 3))))
        landed_at = as_of + timedelta(hours=chance.uniform(-6, 30))
        night = Night(as_of, landed_at, tuple(EDITS[number] for number in sorted(edits)))
        if number < count - 1:
            # What the first night owes is nothing but a whole build, so it mostly goes well.
            goes = chance.choice(
                ("well", "well", "killed", "killed", "in part") if number else ("well",) * 5 + ("killed",)
            )
            if goes == "killed":
                night = replace(night, dies_at=chance.randint(1, STATEMENTS))
            elif goes == "in part":
                night = replace(night, selection=chance.choice(SELECTIONS))
        nights.append(night)
    return tuple(nights)


@dataclass(frozen=True)
class Laboratory:
    """A copy of the dbt project whose seeds and models may be changed, and a folder for warehouses."""

    project: Path
    folder: Path

    @classmethod
    def make(cls, folder: Path) -> Laboratory:
        """A fresh copy of the project."""
        shutil.copytree(DBT_PROJECT, folder / "project", ignore=shutil.ignore_patterns(*NOT_PARSED))
        return cls(folder / "project", folder)

    def violations(self, history: History) -> list[str]:
        """Live through a history, and say where its warehouse is not what a full refresh of the same files makes.

        Raises:
            AssertionError: a run failed that should not have.
        """
        home, fresh = (
            Leadhouse(self.folder / name, self.folder / "target", self.project) for name in ("home", "fresh")
        )
        for side in (home, fresh):
            shutil.rmtree(side.root, ignore_errors=True)
            side.root.mkdir()
        for number, night in enumerate(history.nights):
            write_seeds(self.project, night.edits)
            _deliver(history, number, home)
            register(home.home, now=night.landed_at.replace(tzinfo=UTC))
            self.build(home, night)
        self._remember(home, fresh)
        (fresh.root / "raw").symlink_to(home.root / "raw")
        self.build(fresh, history.nights[-1])
        return _differences(fresh, home)

    def build(self, home: Leadhouse, night: Night) -> None:
        """One run of dbt."""
        arguments = ["--quiet", "--no-use-colors", *BUILD]
        arguments += ["--project-dir", str(self.project), "--profiles-dir", str(self.project)]
        if night.selection:
            arguments += ["--select", night.selection]
        environment = home.dbt_environment(f"{night.as_of.isoformat()}Z")
        if night.dies_at is not None:
            # One thread sends its statements in one order, so that the run dies at the same one again.
            environment["LEADHOUSE_THREADS"] = "1"
        code, words = forked_dbt.dbt(arguments, environment, self.project, night.dies_at)
        # A selection may need tables that an earlier killed run owes it.
        assert code == 0 or not night.is_whole, f"dbt ended with {code}:\n{words[-4000:]}"

    def _remember(self, home: Leadhouse, fresh: Leadhouse) -> None:
        with duckdb.connect(fresh.home.warehouse) as connection:
            connection.execute(f"attach '{home.home.warehouse}' as lived (read_only); create schema marts")
            for table in HISTORY:
                connection.execute(f"create table marts.{table} as from lived.marts.{table}")


def _deliver(history: History, night: int, home: Leadhouse) -> None:
    """Write the rows of a night as landing files: two for each table."""
    files: dict[Path, list[str]] = {}
    for name, world in history.worlds.items():
        for number, row in enumerate(named(world, name)):
            if row.night == night:
                folder = home.home.landing.joinpath(*row.table.split("."))
                line = json.dumps({column: cell for column, cell in row.cells.items() if cell is not None})
                files.setdefault(folder / f"night_{night}_{number % 2}.jsonl", []).append(line + "\n")
    for path, lines in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("".join(lines), encoding="utf-8")


def _differences(expected: Leadhouse, found: Leadhouse) -> list[str]:
    relations = [f"{schema}.{name}" for schema in ("marts", "sync") for name in expected.tables(schema)]
    relations += [f"intermediate.{name}" for name in ALSO_COMPARED]
    lines: list[str] = []
    for relation in relations:
        wanted, got = expected.rows(relation), found.rows(relation)
        if differing := differing_rows(wanted, got, most=len(wanted) + len(got)):
            lines += [f"{relation}: {len(wanted)} rows expected, {len(got)} found", *differing]
    return lines
