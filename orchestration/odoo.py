"""Odoo's JSON-RPC interface: log in, call a method of a model, tell apart the ways in which a call can fail."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

import requests

from orchestration.retry_after import retry_after

TIMEOUT = (5.0, 120.0)
"""Seconds to connect, and seconds between two bytes of an answer."""
MESSAGE_LENGTH = 200
LOOPBACK = ("127.0.0.1", "localhost", "::1")
VARIABLES = ("LEADHOUSE_ODOO_URL", "LEADHOUSE_ODOO_DATABASE", "LEADHOUSE_ODOO_USER", "LEADHOUSE_ODOO_PASSWORD")
LOG_IN_CODES = ("login", "odoo.exceptions.AccessDenied")
"""The log-in is at fault, not what was asked for."""
CUSTOM_PREFIX = "x_"
"""How Odoo wants the names of custom fields to begin."""
ARCHIVED_TOO = {"active_test": False}
"""Context of a search that also finds archived records."""


class OdooError(RuntimeError):
    """A call that failed. ``code`` is short and stable; the message holds no personal data and no secret."""

    def __init__(self, code: str, message: str, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.retry_after = retry_after


class OdooUnavailableError(OdooError):
    """No usable answer: not reached, cut off, too busy (429) or broken (5xx). A write may or may not have been done."""


class OdooRefusedError(OdooError):
    """Odoo answered that it did not do it; nothing was changed."""


class OdooLogInError(OdooRefusedError):
    """Odoo does not know the user or the password: it does not pass by itself."""


def redacted(message: str) -> str:
    """The first line of an error message, without what may be personal: addresses, quoted values, telephone numbers."""
    line = next((part.strip() for part in message.splitlines() if part.strip()), "")
    line = re.sub(r"[^\s@\"'<>()]+@[^\s@\"'<>()]+", "<address>", line)
    line = re.sub(r"\"[^\"]*\"|(?<!\w)'[^']*'|=\([^)]*\)", "<value>", line)
    return re.sub(r"\+?\d[\d\s()/-]{5,}\d", "<number>", line)[:MESSAGE_LENGTH]


class Odoo:
    """One database of one Odoo server, as one user. The password is kept out of every message and of ``repr``."""

    def __init__(self, url: str, database: str, user: str, password: str) -> None:
        """
        Args:
            url: address of the server, ``https://...``; ``http://`` only for this machine itself.
            database: name of Odoo's database.
            user: login; needs the rights to read and write what is asked for.
            password: the user's password or API key.

        Raises:
            OdooError: when the address cannot be used.
        """
        address = urlsplit(url)
        is_local = address.hostname in LOOPBACK
        if address.username or address.password:
            raise OdooError(
                "url", "LEADHOUSE_ODOO_URL must not hold a user or a password: they have variables of their own"
            )
        if not address.hostname or not (address.scheme == "https" or (address.scheme == "http" and is_local)):
            raise OdooError("url", "LEADHOUSE_ODOO_URL must be https://<host>; http:// is for this machine only")
        self.url = url.rstrip("/")
        self.database = database
        self.user = user
        self._password = password
        self._user_id: int | None = None
        self._session = requests.Session()
        self._session.trust_env = not is_local  # a proxy for the world must not be asked for this machine
        self.calls = 0

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None) -> Odoo:
        """The Odoo that ``LEADHOUSE_ODOO_URL``, ``_DATABASE``, ``_USER`` and ``_PASSWORD`` name.

        Raises:
            OdooError: when one of them is missing or cannot be used.
        """
        given = os.environ if environment is None else environment
        missing = [name for name in VARIABLES if not given.get(name, "").strip()]
        if missing:
            raise OdooError("settings", f"set {', '.join(missing)} in the environment (see docs/odoo.md)")
        url, database, user = (given[name].strip() for name in VARIABLES[:3])
        return cls(url, database, user, given[VARIABLES[3]])

    def __repr__(self) -> str:
        return f"Odoo({self.url!r}, database={self.database!r}, user={self.user!r})"

    def call(self, model: str, method: str, *arguments: Any, **named: Any) -> Any:
        """What ``model.method(*arguments, **named)`` answers.

        Raises:
            OdooUnavailableError: no usable answer.
            OdooRefusedError: Odoo's own error.
        """
        if self._user_id is None:
            self._user_id = self._log_in()
        credentials = (self.database, self._user_id, self._password)
        return self._post("object", "execute_kw", [*credentials, model, method, list(arguments), named])

    def read(self, model: str, ids: Sequence[int], fields: Sequence[str]) -> dict[int, dict[str, Any]]:
        """The fields of those of the records that exist, archived ones too, by id."""
        domain = [["id", "in", list(ids)]]
        rows = self.call(model, "search_read", domain, list(fields), order="id", context=ARCHIVED_TOO)
        return {row["id"]: row for row in rows}

    def fields(self, model: str) -> dict[str, str]:
        """The fields of a model: name to Odoo's type."""
        found = self.call(model, "fields_get", [], attributes=["type"])
        return {name: field["type"] for name, field in found.items()}

    def create_field(self, model: str, name: str, kind: str) -> None:
        """Add a custom field (``x_...``) of one of Odoo's types to a model. Odoo knows it at once."""
        (model_id,) = self.call("ir.model", "search", [["model", "=", model]])
        label = name.removeprefix(CUSTOM_PREFIX).replace("_", " ").capitalize()
        field = {"model_id": model_id, "name": name, "field_description": label, "ttype": kind, "state": "manual"}
        self.call("ir.model.fields", "create", field)

    def close(self) -> None:
        """Let go of the connection. A later call opens a new one."""
        self._session.close()

    def _log_in(self) -> int:
        user_id = self._post("common", "login", [self.database, self.user, self._password])
        if not isinstance(user_id, int) or isinstance(user_id, bool):
            raise OdooLogInError(
                "login", "Odoo refused the log-in: check LEADHOUSE_ODOO_USER and LEADHOUSE_ODOO_PASSWORD"
            )
        return user_id

    def _post(self, service: str, method: str, arguments: list[Any]) -> Any:
        parameters = {"service": service, "method": method, "args": arguments}
        self.calls += 1
        request: dict[str, Any] = {"jsonrpc": "2.0", "method": "call", "id": self.calls, "params": parameters}
        try:
            # a redirect would carry the password to another place
            answer = self._session.post(f"{self.url}/jsonrpc", json=request, timeout=TIMEOUT, allow_redirects=False)
            status = answer.status_code
            body = answer.json() if status == HTTPStatus.OK else None
        except requests.JSONDecodeError:
            raise OdooUnavailableError("not_json", f"{self.url} did not answer with JSON: is it Odoo?") from None
        except requests.RequestException as error:
            raise OdooUnavailableError("connection", f"{self.url} cannot be reached ({type(error).__name__})") from None
        if status == HTTPStatus.TOO_MANY_REQUESTS or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            wait = retry_after(answer.headers.get("Retry-After"))
            raise OdooUnavailableError(f"http_{status}", f"{self.url} answered HTTP {status}", wait)
        if not isinstance(body, dict):
            raise OdooRefusedError(f"http_{status}", f"{self.url} answered HTTP {status}: check LEADHOUSE_ODOO_URL")
        if "error" in body:
            data = body["error"].get("data") or {}
            words = str(data.get("message") or body["error"].get("message") or "")
            raise OdooRefusedError(str(data.get("name") or "error"), redacted(words))
        return body.get("result")
