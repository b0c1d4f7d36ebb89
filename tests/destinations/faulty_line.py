"""A TCP proxy before any CRM that drops, delays, cuts off, or answers in the CRM's place, as a plan says."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Sequence
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

Fault = str | int | None
"""`lose_request`, `lose_answer` (the CRM did it), `cut_answer`, `delay`, a status to answer with, or nothing."""
FAULTS: Sequence[Fault] = ("lose_request", "lose_answer", "cut_answer", "delay", 500, 503, 429)
DELAY_SECONDS = 0.02


class FaultyLine:
    """Listens on a free port of the loopback address and passes HTTP requests on; ``url`` says where.

    Args:
        target: address of the real server.
        plan: the fault of each request, in order; there are none after its end.
    """

    def __init__(self, target: str, plan: Sequence[Fault] = ()) -> None:
        self._target = (str(urlsplit(target).hostname), int(urlsplit(target).port or 80))
        self.plan = plan
        self.requests = 0
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        try:
            with client, socket.create_connection(self._target) as server:
                while request := _message(client):
                    fault = self.plan[self.requests] if self.requests < len(self.plan) else None
                    self.requests += 1
                    if not self._pass_on(client, server, request, fault):
                        return
        except OSError:
            return

    @staticmethod
    def _pass_on(client: socket.socket, server: socket.socket, request: bytes, fault: Fault) -> bool:
        """Whether the connection is to go on."""
        if fault == "lose_request":
            return False
        if isinstance(fault, int):
            wait = "Retry-After: 0\r\n" if fault == 429 else ""
            client.sendall(f"HTTP/1.1 {fault} Fault\r\n{wait}Content-Length: 0\r\n\r\n".encode())
            return True
        if fault == "delay":
            time.sleep(DELAY_SECONDS)
        server.sendall(request)
        answer = _message(server)
        if fault == "lose_answer":
            return False
        client.sendall(answer[: len(answer) // 2] if fault == "cut_answer" else answer)
        return bool(answer) and fault != "cut_answer"


def _message(connection: socket.socket) -> bytes:
    """One whole HTTP message, or nothing when the other side has gone."""
    content = b""
    while b"\r\n\r\n" not in content:
        part = connection.recv(65536)
        if not part:
            return b""
        content += part
    head, _, body = content.partition(b"\r\n\r\n")
    lengths = [line.split(b":")[1] for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")]
    length = int(lengths[0]) if lengths else 0
    while len(body) < length:
        part = connection.recv(65536)
        if not part:
            return b""
        body += part
    return head + b"\r\n\r\n" + body
