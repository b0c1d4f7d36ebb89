"""The manifest of the project as it is now, parsed once."""

from __future__ import annotations

import pytest

from orchestration.home import Home
from orchestration.project import Manifest, read_manifest


@pytest.fixture(scope="session")
def manifest(tmp_path_factory: pytest.TempPathFactory) -> Manifest:
    """What dbt makes of the project's files."""
    return read_manifest(Home(tmp_path_factory.mktemp("manifest")))
