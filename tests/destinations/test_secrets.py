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


@pytest.mark.parametrize(
    ("name", "case"),
    [(name, case) for name in TOKENS for case in PLANS if (name, case) != ("hubspot", "a connected app")],
)
def test_no_secret_is_in_what_a_run_leaves(name: str, case: str, built_once: Workshop, tmp_path: Path) -> None:  # noqa: F811
    workshop = built_once.copy(tmp_path)
    fields = {"salesforce": ("Lead_Grade__c", "Lead_Score__c"), "hubspot": ("lead_grade", "lead_score")}[name]
    # the small project's rows, as if they had been built for this CRM
    number = "lpad(record_id, 12, '0')" if name == "salesforce" else "record_id"
    record = f"'00Q' || {number} || 'AAA'" if name == "salesforce" else number
    workshop.change(f"""
        update sync.sync_crm__lead_grades set
            record_id = {record},
            field = case field when 'lead_grade' then '{fields[0]}' else '{fields[1]}' end;
        update build_log.node_results set destination = '{name}'
    """)
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
    for secret in (token, TOKENS[name], base64.b64encode(":".join(salesforce_server.CLIENT).encode()).decode()):
        assert secret.encode() not in left
        assert secret.partition("!")[2].encode() not in left or not secret.partition("!")[2]
    if case == "all is well":
        assert len(server.writes) == 4, said.decode()
    if case == "a connected app":
        assert server.logins > 1, said.decode()  # type: ignore[union-attr]
        assert len(server.writes) == 4, said.decode()
    if case == "a wrong token":
        assert [run.returncode for run in runs] == [1, 1]
    assert os.environ.get(f"{VARIABLES[name]}_TOKEN") is None
