"""Pictures of the CRM's pages, taken by a headless Chromium that is spoken to over its own protocol."""

from __future__ import annotations

import base64
import itertools
import json
import os
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import requests
from websockets.sync.client import ClientConnection, connect

from orchestration.crm.errors import CrmError
from orchestration.crm.programs import chromium

WIDTH, HEIGHT = 1440, 900
START_SECONDS = 30.0
PAGE_SECONDS = 60.0
SETTLE_SECONDS = 1.0
FLAGS = (
    "--headless", "--disable-gpu", "--hide-scrollbars", "--no-first-run", "--no-default-browser-check",
    "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-extensions",
    "--disable-dev-shm-usage", "--no-proxy-server", "--remote-debugging-address=127.0.0.1", "--remote-debugging-port=0",
)  # fmt: skip


def log_in(settings: dict[str, str]) -> str:
    """Log in to Odoo's pages.

    Args:
        settings: the ``LEADHOUSE_ODOO_*`` variables.

    Returns:
        the id of the session, for the browser's cookie.

    Raises:
        CrmError: when Odoo refuses.
    """
    parameters = {
        "db": settings["LEADHOUSE_ODOO_DATABASE"],
        "login": settings["LEADHOUSE_ODOO_USER"],
        "password": settings["LEADHOUSE_ODOO_PASSWORD"],
    }
    with requests.Session() as session:
        session.trust_env = False
        address = f"{settings['LEADHOUSE_ODOO_URL']}/web/session/authenticate"
        answer = session.post(address, json={"jsonrpc": "2.0", "params": parameters}, timeout=60)
        found = session.cookies.get("session_id")
        if not answer.ok or not answer.json().get("result", {}).get("uid") or not found:
            raise CrmError("Odoo's pages refused the log-in of the sync's user")
        return found


class Browser:
    """One page of a Chromium."""

    def __init__(self, connection: ClientConnection) -> None:
        self._connection = connection
        self._numbers = itertools.count(1)
        self._session: str | None = None
        target = self.command("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.command("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        size = {"width": WIDTH, "height": HEIGHT, "deviceScaleFactor": 1, "mobile": False}
        self.command("Emulation.setDeviceMetricsOverride", **size)

    def command(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Send one command of Chromium's protocol and wait for its answer."""
        number = next(self._numbers)
        message = {"id": number, "method": method, "params": parameters}
        self._connection.send(json.dumps(message | ({"sessionId": self._session} if self._session else {})))
        while True:
            answer = json.loads(self._connection.recv(timeout=PAGE_SECONDS))
            if answer.get("id") == number:
                if "error" in answer:
                    raise CrmError(f"Chromium refused {method}: {answer['error'].get('message')}")
                return dict(answer["result"])

    def take(self, address: str, selector: str, path: Path) -> None:
        """Open an address, wait until an element is there, and save a picture of the page.

        Raises:
            CrmError: when the element does not come.
        """
        self.command("Page.navigate", url="about:blank")
        self.command("Page.navigate", url=address)
        expression = f"document.readyState === 'complete' && document.querySelector({json.dumps(selector)}) !== null"
        until = time.monotonic() + PAGE_SECONDS
        while not self.command("Runtime.evaluate", expression=expression)["result"].get("value"):
            if time.monotonic() > until:
                raise CrmError(f"{address} did not show {selector} within {PAGE_SECONDS:.0f} s")
            time.sleep(0.2)
        time.sleep(SETTLE_SECONDS)  # fonts and pictures of the page come after its rows
        image = base64.b64decode(self.command("Page.captureScreenshot", format="png")["data"])
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_name(f".{path.name}.tmp")
        unfinished.write_bytes(image)
        unfinished.replace(path)


@contextmanager
def browser(url: str, session_id: str) -> Iterator[Browser]:
    """A Chromium that is logged in to Odoo; it is gone at the end of the block.

    Raises:
        NotAvailableHereError: when there is no Chromium.
        CrmError: when it does not start.
    """
    with tempfile.TemporaryDirectory(prefix="leadhouse-chromium-", ignore_cleanup_errors=True) as profile:
        flags = [*FLAGS, f"--user-data-dir={profile}", *(["--no-sandbox"] if os.geteuid() == 0 else [])]
        process = subprocess.Popen(
            [str(chromium()), *flags, "about:blank"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            with connect(_debugger(process, Path(profile)), max_size=None, proxy=None) as connection:
                page = Browser(connection)
                page.command("Network.setCookie", name="session_id", value=session_id, url=url, httpOnly=True)
                yield page
        finally:
            process.terminate()
            process.wait(timeout=30)


def _debugger(process: subprocess.Popen[bytes], profile: Path) -> str:
    """The address that Chromium writes down once it listens."""
    until = time.monotonic() + START_SECONDS
    written = profile / "DevToolsActivePort"
    while process.poll() is None and time.monotonic() < until:
        lines = written.read_text(encoding="utf-8").splitlines() if written.exists() else []
        if len(lines) > 1:
            return f"ws://127.0.0.1:{lines[0]}{lines[1]}"
        time.sleep(0.05)
    raise CrmError(f"Chromium did not start within {START_SECONDS:.0f} s")
