"""Local CRMs, each with its official client."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from orchestration.reverse_sync.hubspot import HubSpotDestination
from orchestration.reverse_sync.salesforce import SalesforceDestination
from tests.destinations import hubspot_server, salesforce_server
from tests.destinations.hubspot_server import HubSpotServer
from tests.destinations.salesforce_server import SalesforceServer


def salesforce_at(url: str) -> SalesforceDestination:
    """The destination with its own client, speaking to a local server."""
    settings = {"LEADHOUSE_SALESFORCE_URL": url, "LEADHOUSE_SALESFORCE_TOKEN": salesforce_server.TOKEN}
    made = SalesforceDestination.from_environment(settings)
    made.poll_seconds = 0.0
    return made


def logged_in_at(url: str, client: tuple[str, str] = salesforce_server.CLIENT) -> SalesforceDestination:
    """The same with the id and secret of a connected app."""
    names = ("LEADHOUSE_SALESFORCE_CLIENT_ID", "LEADHOUSE_SALESFORCE_CLIENT_SECRET")
    made = SalesforceDestination.from_environment(
        {"LEADHOUSE_SALESFORCE_URL": url, **dict(zip(names, client, strict=True))}
    )
    made.poll_seconds = 0.0
    return made


def hubspot_at(url: str) -> HubSpotDestination:
    """The destination with its own client, speaking to a local server."""
    settings = {"LEADHOUSE_HUBSPOT_URL": url, "LEADHOUSE_HUBSPOT_TOKEN": hubspot_server.TOKEN}
    return HubSpotDestination.from_environment(settings)


@pytest.fixture
def org() -> Iterator[SalesforceServer]:
    with SalesforceServer() as server:
        yield server


@pytest.fixture
def salesforce(org: SalesforceServer) -> Iterator[SalesforceDestination]:
    destination = salesforce_at(org.url)
    yield destination
    destination.close()


@pytest.fixture
def account() -> Iterator[HubSpotServer]:
    with HubSpotServer() as server:
        yield server


@pytest.fixture
def hubspot(account: HubSpotServer) -> Iterator[HubSpotDestination]:
    destination = hubspot_at(account.url)
    yield destination
    destination.close()
