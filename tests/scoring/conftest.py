"""The compiled scoring models, once for all tests of this folder."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.scoring.sql_scoring import SqlScoring


@pytest.fixture(scope="package")
def sql_scoring(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SqlScoring]:
    scoring = SqlScoring.compile(tmp_path_factory.mktemp("scoring"))
    yield scoring
    scoring.close()
