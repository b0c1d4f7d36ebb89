"""What each model cost a cluster, from the stages that Spark's driver remembers."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import requests

# dbt begins each statement with a comment that names the node
NODE = re.compile(r'"node_id": "model\.[^."]+\.([^"]+)"')
TIMEOUT_SECONDS = 60


@dataclass(frozen=True)
class ModelCost:
    """The stages of one model, summed.

    Attributes:
        model: its name; `other` for statements that are no model's.
        tasks: tasks that ran.
        cpu_seconds: processor time of all tasks, which does not depend on what else runs on the machine.
        run_seconds: wall time of all tasks.
        input_mb, shuffle_mb: read from files, written for other stages; 10^6 bytes.
        skew: the longest task over the median one, in the stage that had the longest task.
    """

    model: str
    tasks: int
    cpu_seconds: float
    run_seconds: float
    input_mb: float
    shuffle_mb: float
    skew: float


def model_costs(driver_page: str) -> list[ModelCost]:
    """The cost of each model that a running thrift server has built, the dearest first.

    Args:
        driver_page: the address of the driver's page, which `python -m scale_out up` prints.

    Raises:
        requests.RequestException: when the driver does not answer.
    """
    api = f"{driver_page}/api/v1/applications"
    application = _get(api)[0]["id"]
    stages = _get(f"{api}/{application}/stages?status=complete&withSummaries=true&quantiles=0.5,1.0")
    by_model: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for stage in stages:
        found = NODE.search(stage.get("description") or "")
        by_model[found[1] if found else "other"].append(stage)
    return sorted((_summed(model, found) for model, found in by_model.items()), key=lambda one: -one.cpu_seconds)


def table(costs: Sequence[ModelCost]) -> str:
    """The costs in Markdown."""
    lines = [
        "| model | tasks | CPU s | task s | read MB | shuffled MB | longest task / median |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    lines += [
        f"| {one.model} | {one.tasks} | {one.cpu_seconds:.1f} | {one.run_seconds:.1f} | {one.input_mb:.1f}"
        f" | {one.shuffle_mb:.1f} | {one.skew:.1f} |"
        for one in costs
    ]
    return "\n".join(lines)


def _get(address: str) -> list[dict[str, Any]]:
    answer = requests.get(address, timeout=TIMEOUT_SECONDS)
    answer.raise_for_status()
    content: list[dict[str, Any]] = answer.json()
    return content


def _summed(model: str, stages: Sequence[dict[str, Any]]) -> ModelCost:
    durations = [stage["taskMetricsDistributions"]["executorRunTime"] for stage in stages]
    median, longest = max(durations, key=lambda quantiles: quantiles[1])
    return ModelCost(
        model=model,
        tasks=sum(stage["numCompleteTasks"] for stage in stages),
        cpu_seconds=sum(stage["executorCpuTime"] for stage in stages) / 1e9,
        run_seconds=sum(stage["executorRunTime"] for stage in stages) / 1e3,
        input_mb=sum(stage["inputBytes"] for stage in stages) / 1e6,
        shuffle_mb=sum(stage["shuffleWriteBytes"] for stage in stages) / 1e6,
        skew=longest / median if median else 1.0,
    )
