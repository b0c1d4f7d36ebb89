"""A real Odoo for the whole session, on a database of its own beside the one that people try things in."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from orchestration.crm.errors import NotAvailableHereError
from orchestration.crm.server import Crm
from orchestration.home import Home
from orchestration.odoo import Odoo
from tests.crm.faulty_proxy import FaultyProxy

# The installation is kept from one session to the next, wherever a test's own state lives.
INSTALLED_IN = Home.from_environment()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.crm)


@pytest.fixture(scope="session")
def crm() -> Iterator[Crm]:
    try:
        server = Crm(INSTALLED_IN, "crm_test")
        had_postgres = server.installation.postgres.port is not None
        server.reset()
    except NotAvailableHereError as problem:
        pytest.skip(f"no Odoo here: {problem}")
    yield server
    if had_postgres:
        server.stop()
    else:
        server.down()


@pytest.fixture
def odoo(crm: Crm) -> Iterator[Odoo]:
    crm.up()
    client = crm.client()
    yield client
    client.close()


@pytest.fixture
def proxy(crm: Crm) -> Iterator[FaultyProxy]:
    crm.up()
    with FaultyProxy(crm.settings["LEADHOUSE_ODOO_URL"]) as faulty:
        yield faulty


@pytest.fixture
def proxied(crm: Crm, proxy: FaultyProxy) -> Odoo:
    return Odoo.from_environment({**crm.settings, "LEADHOUSE_ODOO_URL": proxy.url})


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)
