"""A small project that is built once; each test gets a copy of its state."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.orchestration.workshop import Workshop


@pytest.fixture(scope="session")
def built_once(tmp_path_factory: pytest.TempPathFactory) -> Workshop:
    workshop = Workshop.make(tmp_path_factory.mktemp("workshop"))
    workshop.land()
    build = workshop.dbt("build")
    assert build.returncode == 0, build.stdout
    # The copies then find the project parsed.
    parse = workshop.python("-m", "orchestration.reverse_sync", "--dry-run")
    assert parse.returncode == 0, parse.stderr
    return workshop


@pytest.fixture
def built(built_once: Workshop, tmp_path: Path) -> Workshop:
    """A state folder with one sound build. The project is shared: do not change it."""
    return built_once.copy(tmp_path)


@pytest.fixture
def own(built_once: Workshop, tmp_path: Path) -> Workshop:
    """A state folder with one sound build, and a project to change."""
    return built_once.copy_with_project(tmp_path)


@pytest.fixture(autouse=True)
def nobodys_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("LEADHOUSE_DESTINATION", "LEADHOUSE_AS_OF", "LEADHOUSE_TIME_ZONE", "LEADHOUSE_FAILURE_WEBHOOK"):
        monkeypatch.delenv(name, raising=False)
