"""Sends to a destination as a run does, with the seeds' policy, and without waiting."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb

from orchestration.engines.duckdb_file import DuckDBWarehouse
from orchestration.home import DBT_PROJECT
from orchestration.reverse_sync.checks import prepare
from orchestration.reverse_sync.journal import TAKEN, Journal
from orchestration.reverse_sync.policy import Policy, read_policy
from orchestration.reverse_sync.protocol import Change, Destination, RowOutcome
from orchestration.reverse_sync.sending import Newest, Sending, Sent

SEEDS = DBT_PROJECT / "seeds" / "sync"
RULES = ("sync_policies", "sync_error_codes")


def policy(destination: str, **changed: Any) -> Policy:
    """The policy of the seeds, with what a test wants otherwise."""
    with duckdb.connect() as connection:
        policies, codes = (f"read_csv('{SEEDS / name}.csv', all_varchar = true)" for name in RULES)
        rules = read_policy(DuckDBWarehouse(connection), policies, codes, destination)
    return replace(rules, **changed)


def journal(folder: Path) -> Journal:
    """A journal in a folder of its own."""
    return Journal(folder / "outcomes", folder / "intents", folder / "runs")


def prepared(destination: Destination, fields: Mapping[str, str], kinds: Iterable[str] = ("lead", "contact")) -> None:
    """Make sure that the destination has the fields."""
    prepare(destination, policy(destination.name), dict.fromkeys(kinds, fields))


def send_all(
    destination: Destination,
    changes: Sequence[Change],
    log: Journal | None = None,
    newest: Newest = list,
    **changed: Any,
) -> Sent:
    """What a run comes to that sends these changes; it tries once, unless told otherwise."""
    rules = policy(destination.name, **({"tries_in_a_run": 1} | changed))
    with tempfile.TemporaryDirectory() as folder:
        kept = log or journal(Path(folder))
        sending = Sending(destination, kept, kept.new_run_id(), rules, newest=newest, sleep=lambda seconds: None)
        arrived = {found.change.key: found.change.values for found in sending.recover() if found.outcome in TAKEN}
        return sending.send([change for change in changes if arrived.get(change.key) != change.values])


def outcomes(destination: Destination, changes: Sequence[Change], **changed: Any) -> Sequence[RowOutcome]:
    """The outcome of each row."""
    return send_all(destination, changes, **changed).outcomes


def by_record(found: Iterable[RowOutcome]) -> dict[str, RowOutcome]:
    """The outcomes by record id."""
    return {outcome.change.record_id: outcome for outcome in found}


def kinds(found: Iterable[RowOutcome]) -> set[tuple[str, str]]:
    """The different outcomes and codes."""
    return {(outcome.outcome, outcome.code) for outcome in found}
