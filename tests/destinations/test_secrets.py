"""A token in a log is a token that somebody else has. Marked ones are searched in all that a run leaves behind."""

from __future__ import annotations

import base64
import os
import subprocess
import sys
from pathlib import Path

import pytest

from orchestration.home import CHECKOUT
from tests.destinations import hubspot_server, salesforce_server
from tests.destinations.faulty_line import FaultyLine
from tests.destinations.hubspot_server import HubSpotServer
from tests.destinations.salesforce_server import SalesforceServer
from tests.orchestration.conftest import built_once  # noqa: F401 - a fixture
from tests.orchestration.workshop import Workshop

RECORDS = {"salesforce": "00Q{:012d}AAA", "hubspot": "{:d}"}
TOKENS = {"salesforce": salesforce_server.TOKEN, "hubspot": hubspot_server.TOKEN}
VARIABLES = {"salesforce": "LEADHOUSE_SALESFORCE", "hubspot": "LEADHOUSE_HUBSPOT"}
PLANS = {
    "all is well": [],
    "faults": [500, "cut_answer", "lose_answer", 429, "lose_request", 503] * 4,
    "a wrong token": [],
    "a connected app": [None, None, None, "cut_answer", 500, None, "lose_answer"],
}
WRONG = "a-marked-wrong-secret"


def _everything_under(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


def _built_for(name: str, workshop: Workshop) -> None:
    """Have the small project's rows as if they had been built for this CRM."""
    fields = {"salesforce": ("Lead_Grade__c", "Lead_Score__c"), "hubspot": ("lead_grade", "lead_score")}[name]
    number = "lpad(record_id, 12, '0')" if name == "salesforce" else "record_id"
    record = f"'00Q' || {number} || 'AAA'" if name == "salesforce" else number
    workshop.change(f"""
        update sync.sync_crm__lead_grades set
            record_id = {record},
            field = case field when 'lead_grade' then '{fields[0]}' else '{fields[1]}' end;
        update build_log.node_results set destination = '{name}';
        update seeds.sync_policies set first_pause_seconds = 0.1
    """)


def _not_left(left: bytes, *secrets: str) -> None:
    """Neither a secret, nor the part of it that a log which cuts at punctuation would show."""
    for secret in secrets:
        assert secret.encode() not in left
        assert not (tail := secret.partition("!")[2]) or tail.encode() not in left


@pytest.mark.parametrize(
    ("name", "case"),
    [(name, case) for name in TOKENS for case in PLANS if (name, case) != ("hubspot", "a connected app")],
)
def test_no_secret_is_in_what_a_run_leaves(name: str, case: str, built_once: Workshop, tmp_path: Path) -> None:  # noqa: F811
    workshop = built_once.copy(tmp_path)
    _built_for(name, workshop)
    token = WRONG if case == "a wrong token" else TOKENS[name]
    server = SalesforceServer() if name == "salesforce" else HubSpotServer()
    with server, FaultyLine(server.url, PLANS[case]) as line:  # type: ignore[arg-type]
        for number_of in range(1, 5):
            server.add(RECORDS[name].format(number_of))
        settings = {
            f"{VARIABLES[name]}_URL": line.url,
            f"{VARIABLES[name]}_TOKEN": token,
            "LEADHOUSE_DESTINATION": name,
        }
        if case == "a connected app":
            client, token = salesforce_server.CLIENT
            del settings[f"{VARIABLES[name]}_TOKEN"]
            settings |= {f"{VARIABLES[name]}_CLIENT_ID": client, f"{VARIABLES[name]}_CLIENT_SECRET": token}
            server.lasts = 3  # type: ignore[union-attr]
        environment = {**workshop.environment, **settings, "PYTHONPATH": str(CHECKOUT)}
        runs = [
            subprocess.run(
                [sys.executable, "-m", "orchestration.reverse_sync", "--again"],
                cwd=CHECKOUT, env=environment, capture_output=True, check=False,
            )
            for _ in range(2)
        ]  # fmt: skip
    said = b"".join(run.stdout + run.stderr for run in runs)
    assert said
    left = said + _everything_under(workshop.home.root)
    _not_left(left, token, TOKENS[name], base64.b64encode(":".join(salesforce_server.CLIENT).encode()).decode())
    if case == "all is well":
        assert len(server.writes) == 4, said.decode()
    if case == "a connected app":
        assert server.logins > 1, said.decode()  # type: ignore[union-attr]
        assert len(server.writes) == 4, said.decode()
    if case == "a wrong token":
        assert [run.returncode for run in runs] == [1, 1]
    assert os.environ.get(f"{VARIABLES[name]}_TOKEN") is None


@pytest.mark.parametrize("name", TOKENS)
def test_no_secret_is_in_what_dagster_keeps_of_a_refused_log_in_and_of_failing_calls(
    name: str,
    built_once: Workshop,  # noqa: F811
    tmp_path: Path,
) -> None:
    """Dagster keeps each error with its chain of causes: a client's own error carried the token's header into it."""
    workshop = built_once.copy(tmp_path)
    _built_for(name, workshop)
    server = SalesforceServer() if name == "salesforce" else HubSpotServer()
    # two descriptions of fields (after a log-in), then the calls that write
    plan = [None] * (3 if name == "salesforce" else 2) + [500, "cut_answer", None, "lose_answer"]
    with server:
        for number_of in range(1, 5):
            server.add(RECORDS[name].format(number_of))
        said = b""
        for secret in (WRONG, salesforce_server.CLIENT[1] if name == "salesforce" else TOKENS[name]):
            with FaultyLine(server.url, plan if secret != WRONG else []) as line:
                settings = {f"{VARIABLES[name]}_URL": line.url, "LEADHOUSE_DESTINATION": name}
                if name == "salesforce":
                    server.instance_url = line.url  # type: ignore[union-attr]
                    settings[f"{VARIABLES[name]}_CLIENT_ID"] = salesforce_server.CLIENT[0]
                    settings[f"{VARIABLES[name]}_CLIENT_SECRET"] = secret
                else:
                    settings[f"{VARIABLES[name]}_TOKEN"] = secret
                run = subprocess.run(
                    [sys.executable, "-m", "orchestration.run", "--job", "sync", "--no-summary"],
                    cwd=CHECKOUT, env={**workshop.environment, **settings}, capture_output=True, check=False,
                )  # fmt: skip
            said += run.stdout + run.stderr
            assert (run.returncode == 0) == (secret != WRONG), said.decode()
    assert len(server.writes) == 4, said.decode()
    left = said + _everything_under(workshop.home.root)
    # what failed was kept, so that there was something to find
    for word in (b"NeedsMending", b"crm_grades"):
        assert word in left
    basics = [f"{salesforce_server.CLIENT[0]}:{secret}" for secret in (salesforce_server.CLIENT[1], WRONG)]
    encoded = [base64.b64encode(basic.encode()).decode() for basic in basics]
    _not_left(left, WRONG, TOKENS[name], salesforce_server.CLIENT[1], *encoded)
