"""The compiled stage machine, once for all tests of this folder."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.sql_harness import CompiledProject

MARTS = ("lead_stage_changes", "lead_stage_violations", "lead_lifecycle")


@pytest.fixture(scope="package")
def machine() -> Iterator[CompiledProject]:
    """Facts to stages."""
    project = CompiledProject.compile(MARTS, inputs={"int_lifecycle_facts": {}})
    yield project
    project.close()
