"""Finds the third-party data: it is not in the repository."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parents[2]


def shared_data(name: str) -> Path:
    """The folder of a data set, or a skipped test that says where it was looked for."""
    named = os.environ.get("LEADHOUSE_SHARED_DATA", "").strip()
    root = Path(named) if named else CHECKOUT.parent / "shared" / "data"
    folder = (root / name).resolve()
    if not folder.is_dir():
        pytest.skip(
            f"no data set {name}: put it beside the checkout as ../shared/data/{name} or set LEADHOUSE_SHARED_DATA"
        )
    return folder


@pytest.fixture(scope="session")
def x_education_data() -> Path:
    return shared_data("x_education")


@pytest.fixture(scope="session")
def leadforge_data() -> Path:
    return shared_data("leadforge_intro")
