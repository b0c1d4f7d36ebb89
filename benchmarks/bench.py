"""What measures work with: the companies of one size, a dbt project of their own, and what has been measured so far."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from benchmarks.companies import Company, Size
from benchmarks.runs import Run
from orchestration.home import DBT_PROJECT

SMALLER = 10
TINY_LEADS = 20


@dataclass
class Bench:
    """One run of the benchmark.

    Attributes:
        work: folder for everything that is made.
        size: of the company that is measured.
        runs: what was measured, by name, in order.
        failures: what did not end well, by name, and why.
        notes: what a reader of the figures should know.
    """

    work: Path
    size: Size
    runs: dict[str, list[Run]] = field(default_factory=dict)
    failures: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    @cached_property
    def project(self) -> Path:
        """A copy of the dbt project, so that a measure may change a seed as a user would."""
        copy = self.work / "dbt_project"
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(DBT_PROJECT, copy, ignore=shutil.ignore_patterns("target", "logs"))
        return copy

    @cached_property
    def company(self) -> Company:
        """The company that is measured."""
        return self._prepared("company", self.size)

    @cached_property
    def small(self) -> Company:
        """A tenth of its people, for as long."""
        return self._prepared("small", Size(self.size.leads // SMALLER, self.size.days, self.size.events_per_lead))

    @cached_property
    def long(self) -> Company:
        """The small company with ten times the past: the same people and the same last day."""
        return self._prepared("long", self.small.size, SMALLER)

    @cached_property
    def tiny(self) -> Company:
        """So small that its time is what dbt needs to start, plan and end."""
        return self._prepared("tiny", Size(TINY_LEADS, self.size.days, self.size.events_per_lead))

    def note(self, words: str) -> None:
        """Say once what a reader of the figures should know."""
        if words not in self.notes:
            self.notes.append(words)

    def _prepared(self, name: str, size: Size, pasts: int = 1) -> Company:
        company = Company(self.work / name, size, self.project, pasts)
        company.prepare()
        return company
