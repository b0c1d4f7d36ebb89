"""A server that keeps leads and contacts and behaves as recorded traffic of Salesforce does, in what the sync uses."""

from __future__ import annotations

import base64
import csv
import io
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tests.destinations.servers import Fields, LocalServer, Reply

TOKEN = "00Dx0!a-marked-session-id"
CLIENT = ("3MVG9-a-connected-app", "a-marked-client-secret")
GRADES = [f"{letter}{level}" for letter in "ABCD" for level in "1234"]
Row = Mapping[str, Any]


def describe_field(name: str, kind: str, **more: Any) -> Fields:
    """One field of a `describe` answer, with the keys that the recorded ones have."""
    plain = {"updateable": True, "calculated": False, "length": 0, "precision": 0, "scale": 0, "picklistValues": []}
    return {"name": name, "type": kind, "restrictedPicklist": False, "nillable": True, **plain, **more}


FIELDS = [
    describe_field("Id", "id", updateable=False, length=18),
    describe_field("Lead_Grade__c", "picklist", length=255, restrictedPicklist=True,
                   picklistValues=[{"value": grade, "active": True} for grade in GRADES]),
    describe_field("Lead_Score__c", "double", precision=5, scale=2),
    describe_field("Lead_Grade_Reason__c", "textarea", length=1000),
    describe_field("IsConverted", "boolean", updateable=False),
]  # fmt: skip


@dataclass
class Job:
    """A job of the Bulk API 2.0."""

    object: str
    state: str = "Open"
    content: str = ""
    looks: int = 0
    processed: int = 0
    refused: int = 0
    successful: str = ""
    failed: str = ""
    unprocessed: str = ""


class SalesforceServer(LocalServer):
    """An org on this machine.

    Attributes:
        refuses: by record id the codes that its next writes are refused with.
        quota: calls that it allows; beyond it says REQUEST_LIMIT_EXCEEDED.
        processes: rows that a job comes to before it fails.
        looks_before_done: how often a job is looked at before it is done.
        lasts: calls that the session of a log-in lasts; the token that is given by hand lasts.
        logins: how often was logged in.
        instance_url: where a log-in sends its calls.
    """

    def __init__(self) -> None:
        super().__init__()
        self.refuses: dict[str, list[str]] = {}
        self.quota = 15_000
        self.used = 230
        self.processes: int | None = None
        self.looks_before_done = 2
        self.jobs: dict[str, Job] = {}
        self.lasts = 10**6
        self.logins = 0
        self.instance_url = self.url
        self._left: dict[str, int] = {}

    def add(self, record_id: str, **values: Any) -> None:
        """Have a record."""
        self.records[record_id] = {"IsConverted": False, **values}

    def answer(self, method: str, path: str, body: str, headers: Row) -> Reply:
        if path == "/services/oauth2/token":
            return self._log_in(body, headers)
        self.used += 1
        usage = {"Sforce-Limit-Info": f"api-usage={min(self.used, self.quota)}/{self.quota}"}
        if not self._is_open(headers):
            return Reply(401, [{"errorCode": "INVALID_SESSION_ID", "message": "Session expired or invalid"}])
        if self.used > self.quota:
            error = {"errorCode": "REQUEST_LIMIT_EXCEEDED", "message": "TotalRequests Limit exceeded."}
            return Reply(403, [error], usage)
        reply = self._rest(method, re.sub(r"^/services/data/v[\d.]+/", "", path), body)
        return Reply(reply.status, reply.content, usage)

    def _log_in(self, body: str, headers: Row) -> Reply:
        basic = base64.b64encode(":".join(CLIENT).encode()).decode()
        if headers.get("Authorization") != f"Basic {basic}" or body != "grant_type=client_credentials":
            return Reply(400, {"error": "invalid_client", "error_description": "invalid client credentials"})
        self.logins += 1
        token = f"{TOKEN}-{self.logins}"
        self._left[token] = self.lasts
        return Reply(200, {"access_token": token, "instance_url": self.instance_url, "token_type": "Bearer"})

    def _is_open(self, headers: Row) -> bool:
        token = headers.get("Authorization", "").removeprefix("Bearer ")
        if token == TOKEN:
            return True
        self._left[token] = self._left.get(token, 0) - 1
        return self._left[token] >= 0

    def _rest(self, method: str, path: str, body: str) -> Reply:
        if re.fullmatch(r"sobjects/(Lead|Contact)/describe", path):
            return Reply(200, {"name": path.split("/")[1], "fields": FIELDS})
        if (method, path) == ("PATCH", "composite/sobjects"):
            records = json.loads(body)["records"]
            if len(records) > 200:
                return Reply(400, [{"errorCode": "EXCEEDED_ID_LIMIT", "message": "record limit reached."}])
            return Reply(200, [self._save(record.pop("id"), record) for record in records])
        if method == "POST" and (found := re.fullmatch(r"composite/sobjects/(Lead|Contact)", path)):
            asked = json.loads(body)
            return Reply(200, [self._shown(record, asked["fields"], found[1]) for record in asked["ids"]])
        if path.startswith("jobs/ingest"):
            return self._job(method, path.split("/")[2:], body)
        return Reply(404, [{"errorCode": "NOT_FOUND", "message": "The requested resource does not exist"}])

    def _save(self, record_id: str, values: Fields) -> Fields:
        values.pop("attributes", None)
        code = self._refusal(record_id)
        if code:
            return {"success": False, "errors": [{"statusCode": code, "message": f"refused: {code}", "fields": []}]}
        self.write(record_id, values)
        return {"id": record_id, "success": True, "errors": []}

    def _refusal(self, record_id: str) -> str:
        if record_id not in self.records:
            return "ENTITY_IS_DELETED"
        if self.records[record_id]["IsConverted"]:
            return "CANNOT_UPDATE_CONVERTED_LEAD"
        planned = self.refuses.get(record_id)
        return planned.pop(0) if planned else ""

    def _shown(self, record_id: str, names: list[str], kind: str) -> Fields | None:
        record = self.records.get(record_id)
        if record is None:
            return None
        return {"attributes": {"type": kind}, "Id": record_id, **{name: record.get(name) for name in names}}

    def _job(self, method: str, path: list[str], body: str) -> Reply:
        if method == "POST":
            name = f"750{len(self.jobs):015d}"
            self.jobs[name] = Job(json.loads(body)["object"])
            return Reply(200, {"id": name, "state": "Open", "object": self.jobs[name].object, "operation": "update"})
        job = self.jobs[path[0]]
        if method == "PUT":
            job.content = body
            return Reply(201)
        if method == "PATCH":
            job.state = json.loads(body)["state"]
        elif len(path) > 1:
            lists = {"successfulResults": job.successful, "failedResults": job.failed}
            return Reply(200, lists.get(path[1], job.unprocessed), {"Content-Type": "text/csv"})
        elif job.state in ("UploadComplete", "InProgress"):
            job.looks += 1
            job.state = "InProgress"
            if job.looks >= self.looks_before_done:
                self._run(job)
        counts = {"numberRecordsProcessed": job.processed, "numberRecordsFailed": job.refused}
        return Reply(200, {"id": path[0], "state": job.state, **counts})

    def _run(self, job: Job) -> None:
        reader = csv.DictReader(io.StringIO(job.content))
        names = list(reader.fieldnames or ())
        lists = {name: io.StringIO() for name in ("successful", "failed", "unprocessed")}
        heads = {"successful": ["sf__Id", "sf__Created"], "failed": ["sf__Id", "sf__Error"], "unprocessed": []}
        writers = {name: csv.writer(lists[name], lineterminator="\n") for name in lists}
        for name, writer in writers.items():
            writer.writerow([*heads[name], *names])
        for number, row in enumerate(reader):
            cells = [row[name] for name in names]
            if self.processes is not None and number >= self.processes:
                writers["unprocessed"].writerow(cells)
                continue
            job.processed += 1
            if code := self._refusal(row["Id"]):
                job.refused += 1
                writers["failed"].writerow(["", f"{code}:refused by a test:--", *cells])
            else:
                given = {name: row[name] for name in names if name != "Id" and row[name] != ""}
                self.write(row["Id"], {name: _typed(name, cell) for name, cell in given.items()})
                writers["successful"].writerow([row["Id"], "false", *cells])
        job.successful, job.failed, job.unprocessed = (lists[name].getvalue() for name in lists)
        job.state = "JobComplete" if self.processes is None else "Failed"


def _typed(name: str, cell: str) -> Any:
    if cell == "#N/A":
        return None
    return float(cell) if name == "Lead_Score__c" else cell
