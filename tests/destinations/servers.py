"""What the local CRM servers share: JSON over HTTP on a free port of the loopback address, and the records."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

Fields = dict[str, Any]


@dataclass(frozen=True)
class Reply:
    """What is answered to one request."""

    status: int = 200
    content: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def body(self) -> bytes:
        """JSON, unless it is text already."""
        if self.content is None:
            return b""
        return self.content.encode() if isinstance(self.content, str) else json.dumps(self.content).encode()


class LocalServer:
    """Answers requests one at a time, as `answer` of a subclass says, and remembers what was asked and written.

    Attributes:
        requests: method, path and body of each request.
        writes: record id and values of each write that was done, in order.
        records: what is held, by record id.
    """

    def __init__(self) -> None:
        self.requests: list[tuple[str, str, str]] = []
        self.writes: list[tuple[str, Fields]] = []
        self.records: dict[str, Fields] = {}
        self._one_at_a_time = threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()

    def answer(self, method: str, path: str, body: str, headers: Mapping[str, str]) -> Reply:
        """The answer to one request."""
        raise NotImplementedError

    def write(self, record_id: str, values: Fields) -> None:
        """Do one write."""
        self.records[record_id].update(values)
        self.writes.append((record_id, dict(values)))

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        server = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            wbufsize = -1
            disable_nagle_algorithm = True

            def _do(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
                with server._one_at_a_time:
                    server.requests.append((self.command, self.path, body))
                    reply = server.answer(self.command, urlsplit(self.path).path, body, dict(self.headers))
                content = reply.body
                self.send_response(reply.status)
                for name, value in {"Content-Type": "application/json", **reply.headers}.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            # ruff: noqa: N815 - http.server wants these names
            do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = _do

            def log_message(self, format: str, *args: Any) -> None:
                pass

        return Handler
