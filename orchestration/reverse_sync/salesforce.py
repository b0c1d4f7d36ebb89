"""Salesforce as a destination of the sync: collections for few rows, a job of the Bulk API 2.0 for many.

Speaks through simple-salesforce. A job that a killed sync left behind is found again by the name that was noted before
it could begin.
"""

from __future__ import annotations

import base64
import csv
import io
import os
import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from itertools import groupby
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from simple_salesforce.api import Salesforce
from simple_salesforce.bulk2 import Operation, SFBulk2Type
from simple_salesforce.exceptions import SalesforceAuthenticationFailed, SalesforceError
from simple_salesforce.login import token_login

from orchestration.odoo import LOOPBACK, redacted
from orchestration.retry_after import retry_after
from orchestration.reverse_sync.pace import Pace
from orchestration.reverse_sync.protocol import (
    NO_MATCH,
    NOT_UNIQUE,
    Answer,
    CallFailed,
    Change,
    DestinationError,
    FieldDescription,
    Held,
    NeedsMending,
    Note,
    Value,
)

OBJECTS = {"lead": "Lead", "contact": "Contact"}
VERSION = "60.0"
ROWS_IN_A_CALL = 200
"""The most that sObject Collections take."""
ROWS_BY_CALLS = 2000
"""Up to so many rows go in calls, more in jobs."""
ROWS_IN_A_JOB = 10_000
ROWS_IN_A_READ = 2000
ROWS_IN_A_QUERY = 100
"""Their values stand in the address, which may not be longer than 16 KB."""
CLEARED = "#N/A"
"""How a cell of a job clears a field; an empty one leaves it alone."""
JOB_SECONDS = 600.0
TIMEOUT = (5.0, 120.0)
TEXTS = frozenset({"string", "textarea", "picklist", "multipicklist", "combobox"})
NUMBERS = frozenset({"double", "currency", "percent"})
QUOTED, BACKSLASH = r"(['\\])", r"\\\1"
"""What a text of a query puts a backslash before."""
RECORD_ID = re.compile(r"[A-Za-z0-9]{15}(?:[A-Za-z0-9]{3})?")
VARIABLES = ("LEADHOUSE_SALESFORCE_URL", "LEADHOUSE_SALESFORCE_TOKEN")
CLIENT_VARIABLES = ("LEADHOUSE_SALESFORCE_CLIENT_ID", "LEADHOUSE_SALESFORCE_CLIENT_SECRET")


class SalesforceDestination:
    """Writes grades to the leads and contacts of one Salesforce org.

    Args:
        client: logged in.
        poll_seconds: between two looks at a job.
    """

    name = "salesforce"

    def __init__(self, client: Salesforce, poll_seconds: float = 2.0) -> None:
        self.pace = Pace()
        self._client = client
        self.poll_seconds = poll_seconds
        self._client.session.hooks["response"].append(self._observe)

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None) -> SalesforceDestination:
        """The org of ``LEADHOUSE_SALESFORCE_URL``, with a token, or with the id and secret of a connected app.

        Raises:
            DestinationError: when a variable is missing or Salesforce refuses the log-in.
        """
        given = os.environ if environment is None else environment
        url, token, client_id, secret = (given.get(name, "").strip() for name in (*VARIABLES, *CLIENT_VARIABLES))
        address = urlsplit(url)
        if not address.hostname or address.username or address.password:
            raise NeedsMending("salesforce: set LEADHOUSE_SALESFORCE_URL to https://<your domain>.my.salesforce.com")
        is_local = address.hostname in LOOPBACK
        if not (address.scheme == "https" or (address.scheme == "http" and is_local)):
            raise NeedsMending("salesforce: LEADHOUSE_SALESFORCE_URL must be https://; http:// is for this machine")
        adapter = _Adapter(plain=address.scheme == "http")
        session = _session(adapter)
        if not token and client_id and secret:
            origin = f"{address.scheme}://{address.netloc}"
            adapter.log_in = partial(_logged_in, session, origin, client_id, secret)
            try:
                token, instance = adapter.log_in()
            except requests.RequestException as problem:
                raise DestinationError(f"salesforce cannot be reached ({type(problem).__name__})") from None
            url = f"https://{instance}"
        if not token:
            raise NeedsMending(
                f"salesforce: set {VARIABLES[1]}, or {' and '.join(CLIENT_VARIABLES)}, in the environment"
            )
        return cls(Salesforce(instance_url=url, session_id=token, version=VERSION, session=session))

    def batch_size(self, rows: int) -> int:
        """See :class:`~orchestration.reverse_sync.protocol.Destination`, here and below."""
        return ROWS_IN_A_CALL if rows <= ROWS_BY_CALLS else ROWS_IN_A_JOB

    def describe(self, kind: str) -> Mapping[str, FieldDescription]:
        """The fields of Salesforce's object, as it describes them to this user."""
        if kind not in OBJECTS:
            raise NeedsMending(f"salesforce has no records of kind {kind}: correct seeds/sync/field_mappings.csv")
        answer = self._ask("GET", f"sobjects/{OBJECTS[kind]}/describe")
        return {field["name"]: description(field) for field in answer["fields"]}

    def create_field(self, kind: str, name: str, value_type: str) -> None:
        """Fields of an org belong to its administrators."""
        raise DestinationError(
            f"{OBJECTS[kind]} has no field {name} that this user may see: create it in Setup, or grant access to it"
        )

    def send(self, batch: Sequence[Change], note: Note) -> list[Answer]:
        """Update or upsert one batch: in one call, or as a job when it is larger than a call may be."""
        answers = [answer for change in batch if (answer := _refusal(change))]
        refused = {answer.change.key for answer in answers}
        rows = [change for change in batch if change.key not in refused]
        if rows and rows[0].match_key and not rows[0].may_create:
            # A job cannot be told to make no record, so each is found first.
            for part in _parts(rows, ROWS_IN_A_CALL):
                answers += self._send_found(part)
        elif len(rows) > ROWS_IN_A_CALL:
            answers += self._send_job(rows, note)
        elif rows:
            kind, key = OBJECTS[rows[0].object], rows[0].match_key
            records = [{"attributes": {"type": kind}, key or "id": row.record_id, **row.values} for row in rows]
            body = {"allOrNone": False, "records": records}
            path = f"composite/sobjects/{kind}/{key}" if key else "composite/sobjects"
            answers += saved(rows, self._ask("PATCH", path, json=body))
        return answers

    def collect(self, noted: str, batch: Sequence[Change]) -> list[Answer]:
        """What became of a job; one that was never told to begin is aborted."""
        jobs = self._jobs(batch[0].object)
        with _told():
            if jobs.get_job(noted, False)["state"] == "Open":
                jobs.abort_job(noted, False)
                return [Answer(row, "unprocessed", "the job was not begun") for row in batch]
        return self._result(jobs, noted, batch)

    def read(self, batch: Sequence[Change]) -> Held:
        """What Salesforce holds now; deleted records are left out."""
        held: Held = {}
        for kind, rows in _by_object(batch):
            names = sorted({name for row in rows for name in row.values})
            if rows[0].match_key:
                for row, records in self._found(rows, names):
                    if len(records) == 1:
                        held[row.key] = {name: records[0].get(name) for name in row.values}
                continue
            for part in _parts(rows, ROWS_IN_A_READ):
                body = {"ids": [row.record_id for row in part], "fields": names}
                found = self._ask("POST", f"composite/sobjects/{OBJECTS[kind]}", json=body)
                for row, record in zip(part, found, strict=True):
                    if record is not None:
                        held[row.key] = {name: record.get(name) for name in row.values}
        return held

    def close(self) -> None:
        """Let go of the connections."""
        self._client.session.close()

    def _send_found(self, rows: Sequence[Change]) -> list[Answer]:
        """Update the records that the match key finds."""
        answers, found = [], []
        for row, records in self._found(rows, ["Id"]):
            if len(records) == 1:
                found.append((row, str(records[0]["Id"])))
            else:
                answers.append(Answer(row, *(NOT_UNIQUE if records else NO_MATCH)))
        if found:
            kind = OBJECTS[rows[0].object]
            records = [{"attributes": {"type": kind}, "id": record, **row.values} for row, record in found]
            body = {"allOrNone": False, "records": records}
            answers += saved([row for row, _ in found], self._ask("PATCH", "composite/sobjects", json=body))
        return answers

    def _found(self, rows: Sequence[Change], names: Sequence[str]) -> Iterator[tuple[Change, list[dict[str, Any]]]]:
        """The records whose match key has the value of each row."""
        kind, key = OBJECTS[rows[0].object], rows[0].match_key
        found: dict[str, list[dict[str, Any]]] = {}
        for part in _parts(rows, ROWS_IN_A_QUERY):
            values = ", ".join(f"'{re.sub(QUOTED, BACKSLASH, row.record_id)}'" for row in part)
            query = f"SELECT {', '.join(sorted({key, *names}))} FROM {kind} WHERE {key} IN ({values})"
            for record in self._ask("GET", "query", params={"q": query})["records"]:
                # Salesforce compares without regard to case.
                found.setdefault(str(record[key]).casefold(), []).append(record)
        for row in rows:
            yield row, found.get(row.record_id.casefold(), [])

    def _send_job(self, rows: Sequence[Change], note: Note) -> list[Answer]:
        jobs = self._jobs(rows[0].object)
        with _told():
            key = rows[0].match_key
            job = jobs.create_job(Operation.upsert if key else Operation.update, external_id_field=key or None)["id"]
            # A job begins when it is closed. From here on it can be found again.
            note(job)
            jobs.upload_job_data(job, job_content(rows))
            jobs.close_job(job)
        return self._result(jobs, job, rows)

    def _result(self, jobs: Any, job: str, rows: Sequence[Change]) -> list[Answer]:
        give_up = time.monotonic() + JOB_SECONDS
        with _told():
            while (state := jobs.get_job(job, False))["state"] not in ("JobComplete", "Failed", "Aborted"):
                if time.monotonic() > give_up:
                    raise CallFailed("job_not_done", f"job {job} is {state['state']} after {JOB_SECONDS:.0f} seconds")
                time.sleep(self.poll_seconds)
            results = {kind: jobs.get_ingest_results(job, kind) for kind in ("successfulResults", "failedResults")}
        answers = job_answers(rows, **results)
        if len(answers) < int(state.get("numberRecordsProcessed") or 0):
            # A list that was cut off looks like a short one, and its rows would be sent twice.
            raise CallFailed("connection", f"the results of job {job} are not whole")
        answered = {answer.change.key for answer in answers}
        # What a job did not come to has not failed.
        why = f"the job ended as {state['state']} before this row {redacted(state.get('errorMessage') or '')}".rstrip()
        return answers + [Answer(row, "unprocessed", why) for row in rows if row.key not in answered]

    def _jobs(self, kind: str) -> Any:
        # SFBulk2Type.update() makes, fills and begins a job in one: its name could not be noted before it begins.
        kind_of_jobs: SFBulk2Type = getattr(self._client.bulk2, OBJECTS[kind])
        return kind_of_jobs._client

    def _ask(self, method: str, path: str, **options: Any) -> Any:
        with _told():
            return self._client.restful(path, method=method, allow_redirects=False, **options)

    def _observe(self, answer: requests.Response, *_: Any, **__: Any) -> None:
        self.pace.calls += 1
        # The client's errors do not carry the headers.
        self.pace.rest(retry_after(answer.headers.get("Retry-After")) or 0.0)
        if found := re.search(r"api-usage=(\d+)/(\d+)", answer.headers.get("Sforce-Limit-Info", "")):
            self.pace.quota(int(found[1]), int(found[2]))


def description(field: Mapping[str, Any]) -> FieldDescription:
    """What a field of a ``describe`` answer says of itself."""
    kind = field["type"]
    is_restricted = bool(field.get("restrictedPicklist")) and kind in ("picklist", "multipicklist")
    choices = frozenset(choice["value"] for choice in field.get("picklistValues") or () if choice["active"])
    digits = (field.get("precision") or 0) - (field.get("scale") or 0)
    return FieldDescription(
        type=kind,
        # a day is text to us, as it is written everywhere: 2026-10-01
        accepts=frozenset({"text"} if kind in (*TEXTS, "date") else {"number"} if kind in NUMBERS else ()),
        is_writable=bool(field.get("updateable")) and not field.get("calculated"),
        length=(field.get("length") or None) if kind in TEXTS else None,
        largest=10.0**digits if kind in NUMBERS and digits else None,
        choices=choices if is_restricted else None,
        is_key=bool(field.get("externalId") or field.get("idLookup")),
    )


def saved(rows: Sequence[Change], results: Sequence[Mapping[str, Any]]) -> list[Answer]:
    """The answers of a call: results stand in the order of the rows, and a refused one may be without its id."""
    answers = []
    for row, result in zip(rows, results, strict=False):
        if result.get("success"):
            answers.append(Answer(row))
        elif errors := result.get("errors"):
            answers.append(
                Answer(row, errors[0].get("statusCode") or "error", redacted(errors[0].get("message") or ""))
            )
    return answers


def job_content(rows: Sequence[Change]) -> str:
    """The rows of a job as CSV."""
    names = sorted({name for row in rows for name in row.values})
    content = io.StringIO()
    writer = csv.writer(content, lineterminator="\n")
    writer.writerow([rows[0].match_key or "Id", *names])
    for row in rows:
        writer.writerow([row.record_id, *(_cell(row.values, name) for name in names)])
    return content.getvalue()


def job_answers(rows: Sequence[Change], successfulResults: str, failedResults: str) -> list[Answer]:  # noqa: N803
    """The answers of a job by its lists of results; rows on neither list were not processed."""
    key = rows[0].match_key

    def name_of(record: str) -> str:
        return record.casefold() if key else record[:15]

    by_name = {name_of(row.record_id): row for row in rows}
    answers = []
    for result in csv.DictReader(io.StringIO(successfulResults)):
        if row := by_name.get(name_of(result.get(key or "sf__Id") or "")):
            answers.append(Answer(row))
    for result in csv.DictReader(io.StringIO(failedResults)):
        if row := by_name.get(name_of(result.get(key or "Id") or result.get("sf__Id") or "")):
            code, _, words = (result.get("sf__Error") or "error").partition(":")
            answers.append(Answer(row, code, redacted(words.removesuffix(":--"))))
    return answers


class _told:  # noqa: N801
    """Tells what went wrong with a call in our terms: the codes are Salesforce's, the messages without secrets."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: Any, error: BaseException | None, trace: Any) -> None:
        if isinstance(error, SalesforceError):
            content: Any = error.content
            first: dict[str, Any] = content[0] if isinstance(content, list) and content else {}
            busy_or_broken = error.status in (413, 414, 429) or error.status >= 500
            code = f"http_{error.status}" if busy_or_broken or "errorCode" not in first else first["errorCode"]
            raise CallFailed(code, redacted(str(first.get("message") or f"HTTP {error.status}"))) from None
        if isinstance(error, requests.JSONDecodeError | ValueError):
            raise CallFailed("not_json", "the answer was cut off or is not Salesforce's") from None
        if isinstance(error, requests.RequestException):
            raise CallFailed("connection", f"Salesforce cannot be reached ({type(error).__name__})") from None


class _Adapter(HTTPAdapter):
    """Waits for no answer without end, as the client's jobs would, speaks http where https cannot be had, and logs in
    again when a session has run out: the client does so for its calls, but not for its jobs.
    """

    def __init__(self, plain: bool) -> None:
        self.is_plain = plain
        self._token = ""
        self.log_in: Callable[[], tuple[str, str]] | None = None
        super().__init__()

    def send(self, request: requests.PreparedRequest, **options: Any) -> requests.Response:  # type: ignore[override]
        if self.is_plain:
            request.url = str(request.url).replace("https://", "http://", 1)
        options["timeout"] = options.get("timeout") or TIMEOUT
        is_call = request.headers.get("Authorization", "").startswith("Bearer ")
        if is_call and self._token:
            request.headers["Authorization"] = f"Bearer {self._token}"
        answer = super().send(request, **options)
        if is_call and self.log_in and answer.status_code == 401 and b"INVALID_SESSION_ID" in answer.content:
            self._token, _ = self.log_in()
            request.headers["Authorization"] = f"Bearer {self._token}"
            answer = super().send(request, **options)
        return answer


def _session(adapter: _Adapter) -> requests.Session:
    session = requests.Session()
    session.trust_env = not adapter.is_plain
    session.mount("https://", adapter)
    session.mount("http://", adapter)
    return session


def _logged_in(session: requests.Session, origin: str, client_id: str, secret: str) -> tuple[str, str]:
    """A session's token and the host to speak to, for a connected app (OAuth 2.0, client credentials)."""
    basic = base64.b64encode(f"{client_id}:{secret}".encode()).decode()
    form, headers = {"grant_type": "client_credentials"}, {"Authorization": f"Basic {basic}"}
    try:
        token, instance = token_login(f"{origin}/services/oauth2/token", form, "", client_id, headers, None, session)
    except SalesforceAuthenticationFailed as problem:
        if isinstance(problem.code, int):
            raise requests.ConnectionError(f"the log-in was answered with HTTP {problem.code}") from None
        raise NeedsMending(f"salesforce refused the log-in ({problem.code}): check the connected app") from None
    return str(token), str(instance)


def _refusal(change: Change) -> Answer | None:
    if change.object not in OBJECTS:
        return Answer(change, "unknown_object", f"Salesforce has no records of kind {change.object}")
    if not change.match_key and not RECORD_ID.fullmatch(change.record_id):
        return Answer(change, "not_a_record_id", "the ids of Salesforce's records have 15 or 18 letters and digits")
    return None


def _by_object(batch: Sequence[Change]) -> Iterator[tuple[str, list[Change]]]:
    fit = sorted((row for row in batch if not _refusal(row)), key=lambda row: row.way[:2])
    for (kind, _), rows in groupby(fit, key=lambda row: row.way[:2]):
        yield kind, list(rows)


def _parts(rows: Sequence[Change], size: int) -> Iterator[Sequence[Change]]:
    for start in range(0, len(rows), size):
        yield rows[start : start + size]


def _cell(values: Mapping[str, Value], name: str) -> str:
    if name not in values:
        return ""
    value = values[name]
    return CLEARED if value is None or value == "" else repr(value) if isinstance(value, float) else value
