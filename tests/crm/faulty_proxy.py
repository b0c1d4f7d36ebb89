"""A proxy before the real Odoo that loses answers, or answers in Odoo's place, when a test tells it to."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

import requests

Fault = Callable[[str, int], str | int | None]
"""Given the method called (``write``, ``read`` ...) and how often it was called so far, from 1: ``lose_request``,
``lose_answer``, an HTTP status to answer with, or None to pass the call on."""


class FaultyProxy:
    """Listens on a free port of the loopback address; ``url`` says where."""

    def __init__(self, target: str) -> None:
        self.target = target
        self.calls: list[str] = []
        self.fault: Fault = lambda method, number: None
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        proxy = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                method = _method(json.loads(body))
                proxy.calls.append(method)
                fault = proxy.fault(method, proxy.calls.count(method))
                if fault == "lose_request":
                    return
                if isinstance(fault, int):
                    self.send_error(fault)
                    return
                answer = requests.post(
                    proxy.target + self.path, data=body, headers={"Content-Type": "application/json"}
                )
                if fault == "lose_answer":
                    return
                self.send_response(answer.status_code)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(answer.content)))
                self.end_headers()
                self.wfile.write(answer.content)

            def log_message(self, format: str, *args: Any) -> None:
                pass

        return Handler


def _method(request: dict[str, Any]) -> str:
    arguments = request["params"]["args"]
    return str(arguments[4]) if request["params"]["method"] == "execute_kw" else str(request["params"]["method"])
