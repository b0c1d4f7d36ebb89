"""A run that is killed at any moment is repaired by the next one: the same marts, and nothing lost or sent twice."""

from __future__ import annotations

import csv
import json
import random
import shutil
from collections import Counter
from pathlib import Path

import pytest

from simulation.cli import simulate
from simulation.settings import Settings
from tests.end_to_end.conftest import AS_OF
from tests.end_to_end.interruptions import after_line, killed, run_to_the_end, when
from tests.end_to_end.leadhouse import Leadhouse
from tests.end_to_end.marts import differences

SEED = 20261122
KEYS = ("object", "record_id", "lead_id")
TRIES = 6
# They tell of the kills.
TELLING = ("sync_health", "sync_outcomes", "sync_runs")

# One value that arrived at the destination: object, record, field, value.
Arrived = tuple[str, str, str, str]


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory, target: Path) -> Leadhouse:
    """A company whose grades fill several batches, after one whole run of the job."""
    home = Leadhouse(tmp_path_factory.mktemp("undisturbed"), target)
    simulate(Settings(leads=2600, days=20, seed=4, events_per_lead=10), home.root, threads=2, is_quiet=True)
    run_to_the_end(home, AS_OF)
    assert len(_outbox_files(home)) > 2, "the sync needs several batches to be killed between them"
    return home


def _outbox_files(home: Leadhouse) -> list[Path]:
    return sorted(home.home.outbox.glob("*/*.csv"))


def _arrived(home: Leadhouse) -> Counter[Arrived]:
    """How often each value arrived in the outbox."""
    values: Counter[Arrived] = Counter()
    for path in _outbox_files(home):
        with path.open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                fields = {name: cell for name, cell in row.items() if name not in KEYS and cell}
                values.update((row["object"], row["record_id"], name, cell) for name, cell in fields.items())
    return values


def _accepted(home: Leadhouse) -> Counter[tuple[str, str, str]]:
    """How often each field of a record was noted as accepted."""
    noted: Counter[tuple[str, str, str]] = Counter()
    for path in sorted((home.home.landing / "sync" / "outcomes").glob("*.jsonl")):
        for line in path.read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            if row["outcome"] == "accepted":
                noted.update((row["object"], row["record_id"], name) for name in json.loads(row["payload"]))
    return noted


def _open_intents(home: Leadhouse) -> list[Path]:
    return list((home.home.outbox / "intents").glob("*.jsonl"))


def _kill_the_sync(home: Leadhouse, sent_before: int, scratch: Path) -> None:
    """Kill a sync when it is about to send a batch and some files are in the outbox."""

    def is_sending() -> bool:
        return len(_outbox_files(home)) >= sent_before and bool(_open_intents(home))

    for attempt in range(TRIES):
        before = scratch / f"before_{sent_before}_{attempt}"
        shutil.copytree(home.root, before, symlinks=True)
        if killed(home, AS_OF, when(is_sending), "--job", "sync"):
            return
        # It was quicker than the kill: back to where it was.
        shutil.rmtree(home.root)
        before.rename(home.root)
    pytest.fail(f"the sync ended before the kill, {TRIES} times")


def _each_once(home: Leadhouse, undisturbed: Leadhouse) -> None:
    arrived, expected = _arrived(home), _arrived(undisturbed)
    twice = [value for value, count in arrived.items() if count > 1]
    assert not twice, f"{len(twice)} values were sent twice, such as {twice[:3]}"
    assert arrived == expected, f"{len(expected - arrived)} values are missing, {len(arrived - expected)} are too many"
    assert _accepted(home) == _accepted(undisturbed), "the journal does not tell each value once"
    assert not _open_intents(home), "an intent was left open"


def test_killed_in_landing_in_the_build_and_while_publishing(undisturbed: Leadhouse, tmp_path: Path) -> None:
    """One state folder is struck again and again, each time before it has recovered from the blow before."""
    home = Leadhouse(tmp_path, undisturbed.target)
    for source in ("crm", "email", "messaging", "web"):
        shutil.copytree(undisturbed.home.landing / source, home.home.landing / source)
    # What dbt made of the project, so that the kills hit the job and not its parsing.
    shutil.copytree(undisturbed.home.dagster / "dbt", home.home.dagster / "dbt")
    chance = random.Random(SEED)
    build = r"build +(\d+) of"
    blows = {
        "landing": (after_line("landing", chance.uniform(0, 0.6)), False),
        "early in the build": (after_line(build, chance.uniform(0, 2), chance.randint(1, 60)), False),
        "late in the build": (after_line(build, chance.uniform(0, 2), chance.randint(80, 150)), True),
        "publish": (after_line("publish", chance.uniform(0, 0.2)), False),
    }
    for name, (moment, is_alone) in blows.items():
        assert killed(home, AS_OF, moment, "--job", "hourly", is_alone=is_alone), (
            f"{name}: the job ended before the kill"
        )
    run_to_the_end(home, AS_OF)
    found = differences(undisturbed, home)
    assert not found, "\n".join(found)
    _each_once(home, undisturbed)


def test_killed_in_the_sync(undisturbed: Leadhouse, tmp_path: Path) -> None:
    """The warehouse is built; the sync is killed twice between its batches, and then the whole job runs."""
    home = Leadhouse(tmp_path / "home", undisturbed.target)
    ignored = shutil.ignore_patterns("outbox", "sync", "history", "storage", "schedules")
    shutil.copytree(undisturbed.root, home.root, ignore=ignored, symlinks=True)
    (home.home.landing / "sync").mkdir()
    for sent_before in (0, 1):
        _kill_the_sync(home, sent_before, tmp_path)
        assert _arrived(home) != _arrived(undisturbed) or _open_intents(home), "the kill came too late"
    run_to_the_end(home, AS_OF)
    _each_once(home, undisturbed)
    found = differences(undisturbed, home, leaving_out=TELLING)
    assert not found, "\n".join(found)
