"""The notice of a failed run: to a webhook when one is configured, else to the log. Never a secret, never a person."""

from __future__ import annotations

import json
import logging
import os
import urllib.error
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass

TIMEOUT_SECONDS = 10

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Failure:
    """A failed run in a few words that anybody may read: error messages, which may quote data, stay in Dagster.

    Attributes:
        job: the job.
        run_id: Dagster's id of the run.
        steps: the steps that failed.
        errors: the kinds of error, by class name.
    """

    job: str
    run_id: str
    steps: Sequence[str]
    errors: Sequence[str]

    def sentence(self) -> str:
        """The notice as one line."""
        steps = ", ".join(self.steps) or "the run itself"
        errors = f" ({', '.join(self.errors)})" if self.errors else ""
        return f"Leadhouse: job {self.job} failed in {steps}{errors}, run {self.run_id}"


def give_notice(failure: Failure) -> None:
    """Tell of a failure. A webhook that does not answer is logged and never makes things worse.

    Args:
        failure: what failed. LEADHOUSE_FAILURE_WEBHOOK, when set, gets it as JSON with the sentence as `text`.
    """
    url = os.environ.get("LEADHOUSE_FAILURE_WEBHOOK", "").strip()
    if not url:
        _log.error(failure.sentence())
        return
    body = {
        "text": failure.sentence(),
        "job": failure.job,
        "run_id": failure.run_id,
        "steps": list(failure.steps),
        "errors": list(failure.errors),
    }
    try:
        if not url.startswith(("https://", "http://")):
            raise ValueError("not an http address")
        request = urllib.request.Request(  # noqa: S310
            url, data=json.dumps(body).encode(), headers={"Content-Type": "application/json"}, method="POST"
        )
        with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS):  # noqa: S310
            pass
    except (OSError, ValueError) as problem:
        # The address is a secret: not even its host is told.
        status = f" {problem.code}" if isinstance(problem, urllib.error.HTTPError) else ""
        _log.error(f"{failure.sentence()}; LEADHOUSE_FAILURE_WEBHOOK did not take it: {type(problem).__name__}{status}")
