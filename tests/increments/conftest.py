"""A laboratory for all tests of this folder, and which histories are drawn."""

from __future__ import annotations

import pytest

from tests.increments.histories import Laboratory


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """One test for each history that `--histories` asks for."""
    if "history_number" in metafunc.fixturenames:
        first, _, last = str(metafunc.config.getoption("--histories")).rpartition("-")
        metafunc.parametrize("history_number", range(int(first or 1), int(last) + 1))


@pytest.fixture(scope="session")
def laboratory(tmp_path_factory: pytest.TempPathFactory) -> Laboratory:
    """A copy of the project; each history starts with an empty warehouse, and dbt parses only what has changed."""
    return Laboratory.make(tmp_path_factory.mktemp("increments"))
