"""`python -m benchmarks.sync`: what the sync costs beside a bare loop of the same client calls.

The bare loop sends the same batches to the same server with nothing around it: no journal, no outcomes, no limits, no
retries. The servers are the local ones of the tests, in a process of their own; they answer after a pause, as a CRM
far away does.
With ``LEADHOUSE_ODOO_...`` set, Odoo is measured too (leads that the run makes and leaves).
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from multiprocessing.connection import Connection
from pathlib import Path

from orchestration.reverse_sync.protocol import Change, Destination
from orchestration.reverse_sync.sending import Sending
from tests.destinations.conftest import hubspot_at, salesforce_at
from tests.destinations.sending import journal, policy
from tests.destinations.servers import LocalServer
from tests.destinations.test_faults import add, changes_of, server_of

RULES = {name: policy(name) for name in ("salesforce", "hubspot", "odoo")}
HEAD = f"{'destination':<18} {'rows':>7} {'bare rows/s':>12} {'sync rows/s':>12} {'ratio':>6} {'calls':>6} {'least':>6}"
ROW = "{:<18} {:>7,} {:>12,.0f} {:>12,.0f} {:>6.2f} {:>6} {:>6}"
CASES = {"salesforce calls": 2000, "salesforce jobs": 20_000, "hubspot": 2000}


def main(arguments: list[str] | None = None) -> None:
    """Measure in turns and print the medians."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.sync", description=__doc__)
    parser.add_argument("--repeat", type=int, default=5, help="how often each is measured (default: 5)")
    parser.add_argument("--pause", type=float, default=0.05, help="seconds before a server answers (default: 0.05)")
    parser.add_argument("--leads", type=int, default=10_000, help="leads in Odoo (default: 10,000)")
    options = parser.parse_args(arguments)
    print(HEAD)
    for case, rows in CASES.items():
        with _served(case, rows, options.pause) as url:
            at = hubspot_at if case == "hubspot" else salesforce_at
            _measure(case, lambda: changes_of(case, rows), lambda: at(url), options.repeat)  # noqa: B023
    if os.environ.get("LEADHOUSE_ODOO_URL"):
        _measure_odoo(options.leads, options.repeat)


def _measure(case: str, make: Callable[[], Sequence[Change]], connect: Callable[[], Destination], repeat: int) -> None:
    seconds: dict[str, list[float]] = {"bare": [], "sync": []}
    calls: dict[str, int] = {}
    for _ in range(repeat):
        for way, run in (("bare", _bare), ("sync", _sync)):
            destination, changes = connect(), make()
            began = time.perf_counter()
            run(destination, changes)
            seconds[way].append(time.perf_counter() - began)
            calls[way] = destination.pace.calls
            destination.close()
    bare, sync = (len(changes) / statistics.median(seconds[way]) for way in ("bare", "sync"))
    print(ROW.format(case, len(changes), bare, sync, sync / bare, calls["sync"], calls["bare"]), flush=True)


def _bare(destination: Destination, changes: Sequence[Change]) -> None:
    size = destination.batch_size(len(changes))
    for start in range(0, len(changes), size):
        answers = destination.send(changes[start : start + size], lambda name: None)
        assert not any(answer.code for answer in answers)


def _sync(destination: Destination, changes: Sequence[Change]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        log = journal(Path(folder))
        sent = Sending(destination, log, log.new_run_id(), RULES[destination.name]).send(changes)
    assert {outcome.outcome for outcome in sent.outcomes} == {"accepted"}


@contextmanager
def _served(case: str, rows: int, pause: float) -> Iterator[str]:
    ours, theirs = multiprocessing.Pipe()
    process = multiprocessing.Process(target=_serve, args=(case, rows, pause, theirs), daemon=True)
    process.start()
    try:
        yield ours.recv()
    finally:
        process.terminate()
        process.join()


def _serve(case: str, rows: int, pause: float, answer: Connection) -> None:
    server: LocalServer
    server, _ = server_of(case)
    inner = server.answer

    def later(*arguments: object) -> object:
        time.sleep(pause)
        return inner(*arguments)  # type: ignore[arg-type]

    server.answer = later  # type: ignore[method-assign, assignment]
    if hasattr(server, "quota"):
        server.quota = 10**9
    add(server, changes_of(case, rows))
    with server:
        answer.send(server.url)
        while True:
            time.sleep(60)


def _measure_odoo(leads: int, repeat: int) -> None:
    from orchestration.odoo import Odoo  # noqa: PLC0415
    from orchestration.reverse_sync.odoo import OdooDestination  # noqa: PLC0415
    from tests.crm.leads import FIELDS, create_leads, grade  # noqa: PLC0415
    from tests.destinations.sending import prepared  # noqa: PLC0415

    odoo = Odoo.from_environment()
    prepared(OdooDestination(odoo), FIELDS)
    ids: list[int] = []
    while len(ids) < leads:
        ids += create_leads(odoo, min(1000, leads - len(ids)), f"s{len(ids)}")
    turn = iter(range(10**6))

    def changes() -> list[Change]:
        shift = next(turn)
        return [grade(record, float((number + shift) % 101)) for number, record in enumerate(ids)]

    _measure("odoo", changes, OdooDestination.from_environment, repeat)


if __name__ == "__main__":
    main()
