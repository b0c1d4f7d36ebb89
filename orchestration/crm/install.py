"""Installs Odoo with its CRM module under one folder, once: its Python, its page style, and a template database."""

from __future__ import annotations

import hashlib
import os
import secrets
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from orchestration.crm import programs
from orchestration.crm.errors import CrmError
from orchestration.crm.files import read_json, write_private
from orchestration.crm.postgres import USER, Postgres

HERE = Path(__file__).resolve().parent
LOCKS = (HERE / "requirements-build.lock", HERE / "requirements-odoo.lock")
RECIPE = (*LOCKS, HERE / "inside_odoo.py")
LESS = "less@3.13.1"
"""Odoo 11 writes its style in an old dialect of LESS; later compilers refuse it."""
TEMPLATE = "crm_template"

Tell = Callable[[str], None]


def tell(message: str) -> None:
    """Say what is going on, on standard error."""
    print(message, file=sys.stderr, flush=True)


class Installation:
    """Odoo's files under ``folder``. Its parts are made in order, and ``installed.json`` is written last."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.postgres = Postgres(folder)
        self.log = folder / "install.log"
        self._mark = folder / "installed.json"

    @property
    def is_complete(self) -> bool:
        """True if this very recipe was carried out to its end."""
        return read_json(self._mark).get("recipe") == _digest(RECIPE)

    @property
    def python(self) -> Path:
        """Odoo's own Python."""
        return self.folder / "venv" / "bin" / "python"

    @property
    def admin_password(self) -> str:
        """The password of Odoo's administrator; made when first asked for."""
        path = self.folder / "odoo.password"
        if not path.exists():
            write_private(path, secrets.token_urlsafe(12))
        return path.read_text(encoding="utf-8").strip()

    @property
    def environment(self) -> dict[str, str]:
        """The environment of Odoo's processes: ours, with ``lessc`` on the PATH and without our Python's variables."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "LEADHOUSE_ODOO"))}
        compiler = self.folder / "node" / "node_modules" / ".bin"
        return {**kept, "PATH": f"{compiler}{os.pathsep}{kept.get('PATH', os.defpath)}", "TZ": "UTC"}

    def command(self, *arguments: str) -> list[str]:
        """Odoo's command line. Its configuration is written afresh: the port of PostgreSQL may have changed."""
        configuration = self.folder / "odoo.conf"
        settings = {
            "db_host": "127.0.0.1",
            "db_port": self.postgres.start(),
            "db_user": USER,
            "db_password": self.postgres.password,
            "admin_passwd": secrets.token_urlsafe(24),  # nobody is to drop databases by way of the pages
            "list_db": False,
            "data_dir": self.folder / "data",
            "xmlrpc_interface": "127.0.0.1",
            "workers": 0,
            "max_cron_threads": 0,
            "without_demo": "all",
            "log_level": "warn",
            "limit_time_cpu": 600,
            "limit_time_real": 1200,
        }
        lines = [f"{name} = {value}" for name, value in settings.items()]
        write_private(configuration, "\n".join(["[options]", *lines, ""]))
        return [str(self.python), str(HERE / "inside_odoo.py"), "run", "-c", str(configuration), *arguments]

    def install(self, say: Tell = tell) -> None:
        """Make whatever is missing. Seconds when there is nothing to do, a minute or two otherwise.

        Raises:
            NotAvailableHereError: when the machine lacks a program that we cannot install.
            CrmError: when a step fails; its words are in ``install.log``.
        """
        if self.is_complete:
            return
        python, _ = programs.odoo_python(), programs.postgres_programs()
        self.folder.mkdir(parents=True, exist_ok=True)
        self.log.write_text("", encoding="utf-8")
        began = time.monotonic()
        steps: tuple[tuple[str, Callable[[], None]], ...] = (
            ("Odoo and its Python packages", lambda: self._install_packages(python)),
            ("the compiler of its page style", lambda: self._install_less(say)),
            ("PostgreSQL and a template database with the CRM module", self._create_template),
        )
        for title, step in steps:
            say(f"[{time.monotonic() - began:4.0f} s] installing {title}")
            step()
        write_private(self._mark, f'{{"recipe": "{_digest(RECIPE)}"}}\n')
        say(f"[{time.monotonic() - began:4.0f} s] installed under {self.folder}")

    def _install_packages(self, python: Path) -> None:
        shutil.rmtree(self.folder / "venv", ignore_errors=True)
        self._step([str(python), "-m", "venv", str(self.folder / "venv")])
        for lock in LOCKS:
            options = [
                "--no-deps",
                "--require-hashes",
                "--no-build-isolation",
                "--prefer-binary",
                "-q",
                "-r",
                str(lock),
            ]
            # the first lock holds what the second one is built with, and pip itself
            options = [option for option in options if lock == LOCKS[1] or option != "--no-build-isolation"]
            self._step([str(self.python), "-m", "pip", "install", "--disable-pip-version-check", *options])
        self._step([str(self.python), str(HERE / "inside_odoo.py"), "prune"])

    def _install_less(self, say: Tell) -> None:
        node = shutil.which("npm")
        if node is None:
            say("npm is not on this machine: Odoo will work, but its pages will have no style")
            return
        folder = self.folder / "node"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        self._step([node, "install", "--prefix", str(folder), "--no-audit", "--no-fund", "--omit=optional", LESS])

    def _create_template(self) -> None:
        self.postgres.execute(f"drop database if exists {TEMPLATE}")
        shutil.rmtree(self.folder / "data" / "filestore" / TEMPLATE, ignore_errors=True)
        self._step(self.command("-d", TEMPLATE, "-i", "crm", "--stop-after-init"))
        password = {"LEADHOUSE_ODOO_PASSWORD": self.admin_password}
        self._step(
            [str(self.python), str(HERE / "inside_odoo.py"), "set-up", str(self.folder / "odoo.conf"), TEMPLATE],
            password,
        )

    def _step(self, command: Sequence[str], more: dict[str, str] | None = None) -> None:
        with self.log.open("a", encoding="utf-8") as log:
            environment = {**self.environment, **(more or {})}
            done = subprocess.run(
                command, cwd=self.folder, env=environment, check=False,
                stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT,
            )  # fmt: skip
        if done.returncode != 0:
            words = "\n".join(self.log.read_text(encoding="utf-8", errors="replace").splitlines()[-8:])
            raise CrmError(
                f"installing Odoo failed (exit code {done.returncode}); the whole log is {self.log}\n{words}"
            )


def _digest(paths: Sequence[Path]) -> str:
    return hashlib.sha256(b"".join(path.read_bytes() for path in paths)).hexdigest()
