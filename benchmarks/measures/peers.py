"""The same scores by other means. A peer whose answer differs gets no figure; one that fails gets a smaller company."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from functools import partial

from benchmarks.bench import Bench
from benchmarks.companies import LAST_DAY, Company
from benchmarks.equality import AnswersDifferError, same_answer
from benchmarks.peers.__main__ import PEERS
from benchmarks.runs import Run, RunFailedError, timed


def measure(bench: Bench, peer: str) -> dict[str, Run]:
    """One run of a peer on the landed files of the company, else of the small one.

    Args:
        bench: the run of the benchmark.
        peer: its name.
    """
    if peer not in bench.failures:
        try:
            return {peer: run_peer(bench.company, peer)}
        except RunFailedError as failure:
            bench.failures[peer] = f"did not survive {bench.company.events:,} events: {failure}"
            print(f"  {peer} {bench.failures[peer]}", flush=True)
        except AnswersDifferError as difference:
            bench.failures[peer] = f"gives another answer: {difference}"
            print(f"  {peer} {bench.failures[peer]}", flush=True)
    if "gives another answer" in bench.failures[peer]:
        return {}
    return {f"{peer}_small": run_peer(bench.small, peer), "small_full": bench.small.build_all()}


def run_peer(company: Company, peer: str) -> Run:
    """Run a peer in a process of its own and compare its answer.

    Raises:
        RunFailedError: it did not end well.
        AnswersDifferError: its scores are not the project's.
    """
    if not company.before.exists():
        company.build_all()
    out = company.home.root / peer
    command = [sys.executable, "-m", "benchmarks.peers", peer, "--raw", str(company.home.raw)]
    command += ["--seeds", str(company.project / "seeds"), "--out", str(out), "--as-of", LAST_DAY.isoformat()]
    company.forget_last_day()
    run = timed(command, company.home.root / f"{peer}.log")
    same_answer(company.before, out)
    told = json.loads((out / "run.json").read_text())
    # a peer that starts a server counts its own seconds and cannot tell the server's memory
    return Run(round(told["seconds"], 3), run.cpu_seconds, run.peak_gb)


MEASURES: dict[str, Callable[[Bench], dict[str, Run]]] = {peer: partial(measure, peer=peer) for peer in PEERS}
