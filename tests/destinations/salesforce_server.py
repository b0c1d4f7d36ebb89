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
from urllib.parse import parse_qs, urlsplit

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
    describe_field("Lifecycle_Stage__c", "string", length=80),
    describe_field("Lifecycle_Stage_Since__c", "date"),
    describe_field("IsConverted", "boolean", updateable=False),
    describe_field("Leadhouse_Id__c", "string", length=80, externalId=True, unique=True),
    describe_field("LastName", "string", length=80),
]  # fmt: skip


@dataclass
class Job:
    """A job of the Bulk API 2.0."""

    object: str
    key: str = ""
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

    def find(self, key: str, value: str) -> list[str]:
        """The ids of the records that hold the value."""
        return [name for name, record in self.records.items() if str(record.get(key, "")).lower() == value.lower()]

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
        if path.rstrip("/") == "query":
            # what stands behind the question mark
            return self._query(parse_qs(urlsplit(self.requests[-1][1]).query)["q"][0])
        if path.startswith("composite/sobjects"):
            return self._collection(method, path.split("/")[2:], json.loads(body))
        if path.startswith("jobs/ingest"):
            return self._job(method, path.split("/")[2:], body)
        return Reply(404, [{"errorCode": "NOT_FOUND", "message": "The requested resource does not exist"}])

    def _collection(self, method: str, kind_and_key: list[str], asked: Fields) -> Reply:
        if method == "POST":
            return Reply(200, [self._shown(record, asked["fields"], kind_and_key[0]) for record in asked["ids"]])
        if len(asked["records"]) > 200:
            return Reply(400, [{"errorCode": "EXCEEDED_ID_LIMIT", "message": "record limit reached."}])
        if kind_and_key:
            return Reply(200, [self._upsert(kind_and_key[1], record) for record in asked["records"]])
        return Reply(200, [self._save(record.pop("id"), record) for record in asked["records"]])

    def _save(self, record_id: str, values: Fields) -> Fields:
        values.pop("attributes", None)
        code = self._refusal(record_id)
        if code:
            return {"success": False, "errors": [{"statusCode": code, "message": f"refused: {code}", "fields": []}]}
        self.write(record_id, values)
        return {"id": record_id, "success": True, "errors": []}

    def _upsert(self, key: str, values: Fields) -> Fields:
        """Update the one record that holds the value of the key, or make it; a lead needs a last name."""
        found = self.find(key, values[key])
        if len(found) > 1:
            error = {"statusCode": "DUPLICATE_EXTERNAL_ID", "message": "more than one record found", "fields": []}
            return {"success": False, "errors": [error]}
        if not found and not values.get("LastName"):
            error = {"statusCode": "REQUIRED_FIELD_MISSING", "message": "fields are missing: [LastName]", "fields": []}
            return {"success": False, "errors": [error]}
        name = found[0] if found else f"00Q9{len(self.records):011d}AAA"
        if not found:
            self.add(name)
        return self._save(name, values) | {"created": not found}

    def _query(self, query: str) -> Reply:
        """`SELECT fields FROM kind WHERE key IN (texts)`."""
        asked = re.fullmatch(r"SELECT ([\w, ]+) FROM (\w+) WHERE (\w+) IN \((.*)\)", query)
        assert asked, query
        texts = [re.sub(r"\\(.)", r"\1", text) for text in re.findall(r"'((?:[^'\\]|\\.)*)'", asked[4])]
        found = [name for text in texts for name in self.find(asked[3], text)]
        records = [self._shown(name, asked[1].split(", "), asked[2]) for name in found]
        return Reply(200, {"totalSize": len(records), "done": True, "records": records})

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
        shown = {name: record.get(name) for name in names if name != "Id"}
        return {"attributes": {"type": kind}, "Id": record_id, **shown}

    def _job(self, method: str, path: list[str], body: str) -> Reply:
        if method == "POST":
            name = f"750{len(self.jobs):015d}"
            asked = json.loads(body)
            self.jobs[name] = Job(asked["object"], key=asked.get("externalIdFieldName", ""))
            assert bool(self.jobs[name].key) == (asked["operation"] == "upsert"), asked
            return Reply(200, {"id": name, "state": "Open"} | asked)
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
            if job.key:
                given = {name: _typed(name, row[name]) for name in names if row[name] != ""}
                saved = self._upsert(job.key, given)
                if saved["success"]:
                    writers["successful"].writerow([saved["id"], str(saved["created"]).lower(), *cells])
                else:
                    job.refused += 1
                    code = saved["errors"][0]["statusCode"]
                    writers["failed"].writerow(["", f"{code}:refused by a test:--", *cells])
                continue
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
