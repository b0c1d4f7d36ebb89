"""The compiled plan, once for all tests of this folder."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.nurture.worlds import INPUT_TYPES
from tests.sql_harness import CompiledProject


@pytest.fixture(scope="package")
def planning() -> Iterator[CompiledProject]:
    project = CompiledProject.compile(["nurture_plan", "nurture_programs"], inputs=INPUT_TYPES)
    yield project
    project.close()
