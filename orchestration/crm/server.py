"""One Odoo server on one database: start, stop, reset. Its state is a small file beside the installation."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import requests

from orchestration.crm.errors import CrmError
from orchestration.crm.files import read_json, write_private
from orchestration.crm.install import TEMPLATE, Installation, Tell, tell
from orchestration.crm.postgres import free_port
from orchestration.home import Home
from orchestration.odoo import Odoo

USER = "admin"
START_SECONDS = 120.0
STOP_SECONDS = 20.0


class Crm:
    """The CRM of one Leadhouse home. ``database`` tells servers of the same installation apart."""

    def __init__(self, home: Home, database: str = "crm") -> None:
        """
        Args:
            home: where the state lives; everything of the CRM is under ``odoo/`` there.
            database: a plain lower-case name; each has its own server and state.
        """
        self.installation = Installation(home.root / "odoo")
        self.database = database
        self._state_file = self.installation.folder / f"{database}.json"
        self._log = self.installation.folder / f"{database}.log"

    @property
    def url(self) -> str | None:
        """The address of the running server; None when it does not run."""
        state = read_json(self._state_file)
        return f"http://127.0.0.1:{state['port']}" if state and self._is_ours(state["pid"]) else None

    @property
    def settings(self) -> dict[str, str]:
        """The environment variables by which the sync and the extraction find this CRM. One of them is a password.

        Raises:
            CrmError: when the CRM does not run.
        """
        if self.url is None:
            raise CrmError("the CRM does not run: make crm-up")
        return {
            "LEADHOUSE_ODOO_URL": self.url,
            "LEADHOUSE_ODOO_DATABASE": self.database,
            "LEADHOUSE_ODOO_USER": USER,
            "LEADHOUSE_ODOO_PASSWORD": self.installation.admin_password,
        }

    def client(self) -> Odoo:
        """A connection as the administrator."""
        return Odoo.from_environment(self.settings)

    def up(self, say: Tell = tell) -> str:
        """Install what is missing and start what does not run.

        Returns:
            the address of the server.

        Raises:
            NotAvailableHereError: when the machine lacks a program that we cannot install.
            CrmError: when something does not start.
        """
        with self._only_one():
            self.installation.install(say)
            if not self.installation.postgres.has_database(self.database):
                self._create_database()
            return self.url or self._start(say)

    def stop(self) -> bool:
        """Stop this server, not PostgreSQL; False when it did not run."""
        with self._only_one():
            return self._stop()

    def down(self) -> bool:
        """Stop this server and PostgreSQL; False when nothing ran."""
        with self._only_one():
            return any((self._stop(), self.installation.postgres.stop()))

    def reset(self, say: Tell = tell) -> str:
        """Throw this database away and start with an empty one.

        Returns:
            the address of the server.
        """
        with self._only_one():
            self.installation.install(say)
            self._stop()
            self._create_database()
            return self._start(say)

    def _create_database(self) -> None:
        postgres, filestore = self.installation.postgres, self.installation.folder / "data" / "filestore"
        postgres.copy_database(TEMPLATE, self.database)
        shutil.rmtree(filestore / self.database, ignore_errors=True)
        if (filestore / TEMPLATE).exists():
            shutil.copytree(filestore / TEMPLATE, filestore / self.database)
        # a copy is another database: whoever kept a cursor into the old one has to notice
        identity = f"update ir_config_parameter set value = '{uuid.uuid4()}' where key = 'database.uuid'"
        postgres.execute(identity, database=self.database)

    def _start(self, say: Tell) -> str:
        began, port = time.monotonic(), free_port()
        # Not with -d: it would load the modules in one thread while our first request loads them in another.
        command = self.installation.command("--db-filter", self._only_database, "--xmlrpc-port", str(port))
        with self._log.open("ab") as log:
            process = subprocess.Popen(
                command, cwd=self.installation.folder, env=self.installation.environment,
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip
        write_private(self._state_file, json.dumps({"pid": process.pid, "port": port, "database": self.database}))
        url = f"http://127.0.0.1:{port}"
        while not _serves(url):
            if process.poll() is not None or time.monotonic() - began > START_SECONDS:
                self._stop()
                words = "\n".join(self._log.read_text(encoding="utf-8", errors="replace").splitlines()[-8:])
                raise CrmError(f"Odoo did not start; the whole log is {self._log}\n{words}")
            time.sleep(0.1)
        say(f"Odoo serves the database {self.database} at {url} ({time.monotonic() - began:.1f} s)")
        return url

    @property
    def _only_database(self) -> str:
        return f"^{self.database}$"

    def _stop(self) -> bool:
        pid = int(read_json(self._state_file).get("pid") or 0)
        is_running = self._is_ours(pid)
        for ending in (signal.SIGTERM, signal.SIGKILL):
            if self._is_ours(pid):
                os.kill(pid, ending)
                self._wait_for_end(pid)
        self._state_file.unlink(missing_ok=True)
        return is_running

    def _wait_for_end(self, pid: int) -> None:
        until = time.monotonic() + STOP_SECONDS
        while self._is_ours(pid) and time.monotonic() < until:
            time.sleep(0.05)

    def _is_ours(self, pid: int) -> bool:
        """True if the process lives and is our server: a number may have been given to another process since."""
        words = _command_line(pid) if pid else []
        return str(self.installation.python) in words and self._only_database in words

    @contextmanager
    def _only_one(self) -> Iterator[None]:
        """Let no other process start or stop the CRM meanwhile."""
        self.installation.folder.mkdir(parents=True, exist_ok=True)
        with (self.installation.folder / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


def _serves(url: str) -> bool:
    session = requests.Session()
    session.trust_env = False
    try:
        return session.get(f"{url}/web/login", timeout=60).ok
    except requests.RequestException:
        return False
    finally:
        session.close()


def _command_line(pid: int) -> list[str]:
    """The words that a living process was started with; none when it is gone."""
    if sys.platform == "linux":
        try:
            return Path(f"/proc/{pid}/cmdline").read_text(encoding="utf-8", errors="replace").split("\0")
        except OSError:
            return []
    command = ["ps", "-ww", "-o", "command=", "-p", str(pid)]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout.split()
