"""The compiled staging models, once for all tests of this folder."""

from __future__ import annotations

import pytest

from tests.staging.staged import Staging


@pytest.fixture(scope="package")
def staging(tmp_path_factory: pytest.TempPathFactory) -> Staging:
    return Staging.compile(tmp_path_factory.mktemp("staging"))
