"""The compiled scoring models, once for all tests of this folder, and both ways to score for the tests of both."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.scoring import reference
from tests.scoring.sql_scoring import Score, SqlScoring


@pytest.fixture(scope="package")
def sql_scoring() -> Iterator[SqlScoring]:
    scoring = SqlScoring.compile()
    yield scoring
    scoring.close()


@pytest.fixture(params=["reference", "sql"])
def score(request: pytest.FixtureRequest) -> Score:
    """A test that asks for this runs twice: what is expected by hand must come out of the reference and of the SQL."""
    if request.param == "reference":
        return reference.score
    scoring: SqlScoring = request.getfixturevalue("sql_scoring")
    return scoring.score
