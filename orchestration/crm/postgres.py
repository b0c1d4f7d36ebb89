"""A private PostgreSQL server for the CRM: on the loopback address, with a password, never run as root."""

from __future__ import annotations

import hashlib
import os
import pwd
import secrets
import shutil
import socket
import subprocess
from pathlib import Path

from orchestration.crm.errors import CrmError, NotAvailableHereError
from orchestration.crm.files import write_private
from orchestration.crm.programs import postgres_programs

USER = "odoo"
OS_USER = "postgres"
"""Whose rights the server gets when we are root."""


def free_port() -> int:
    """A port of the loopback address that nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class Postgres:
    """The server whose files are under ``folder``; its password is in ``folder/postgres.password``."""

    def __init__(self, folder: Path) -> None:
        self._password_file = folder / "postgres.password"
        self._os_user = OS_USER if os.geteuid() == 0 else None
        self._folder = self._reachable(folder / "postgres")
        self._data = self._folder / "data"
        self._log = self._folder / "log"

    @property
    def password(self) -> str:
        """The password of the server's owner; made when first asked for."""
        if not self._password_file.exists():
            write_private(self._password_file, secrets.token_urlsafe(24))
        return self._password_file.read_text(encoding="utf-8").strip()

    @property
    def port(self) -> int | None:
        """The port that the running server listens on; None when it does not run."""
        if (
            not (self._data / "PG_VERSION").exists()
            or self._run("pg_ctl", "-D", str(self._data), "status").returncode != 0
        ):
            return None
        return int((self._data / "postmaster.pid").read_text(encoding="utf-8").splitlines()[3])

    def start(self) -> int:
        """Create the server's files if they are not there, start it if it does not run.

        Returns:
            the port.

        Raises:
            NotAvailableHereError: when PostgreSQL is not on this machine.
            CrmError: when it does not start.
        """
        running_on = self.port
        if running_on is not None:
            return running_on
        if not (self._data / "PG_VERSION").exists():
            self._initialise()
        port = free_port()
        options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories='' -c fsync=off"
        command = ("pg_ctl", "-D", str(self._data), "-w", "-s", "-l", str(self._log), "-o", options, "start")
        self._check(self._run(*command), f"PostgreSQL did not start; its log is {self._log}")
        return port

    def stop(self) -> bool:
        """Stop the server; False when it did not run."""
        if self.port is None:
            return False
        command = ("pg_ctl", "-D", str(self._data), "-w", "-s", "-m", "fast", "stop")
        self._check(self._run(*command), f"PostgreSQL did not stop; its log is {self._log}")
        return True

    def execute(self, *statements: str, database: str = "postgres") -> list[str]:
        """Run SQL statements, each in its own transaction, and give the lines of what they return.

        Raises:
            CrmError: when one fails; the ones before it stand.
        """
        arguments = [part for statement in statements for part in ("-c", statement)]
        connection = ("-h", "127.0.0.1", "-p", str(self.start()), "-U", USER, "-d", database)
        command = [
            str(postgres_programs() / "psql"),
            "-X",
            "-q",
            "-t",
            "-A",
            "-v",
            "ON_ERROR_STOP=1",
            *connection,
            *arguments,
        ]
        environment = {**os.environ, "PGPASSWORD": self.password}
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        self._check(done, "PostgreSQL refused a statement")
        return done.stdout.splitlines()

    def has_database(self, name: str) -> bool:
        """True if there is a database of this name."""
        return bool(self.execute(f"select 1 from pg_database where datname = '{name}'"))

    def copy_database(self, template: str, name: str) -> None:
        """Make the database anew from the template. Nobody may be connected to either."""
        self.execute(f"drop database if exists {name}", f"create database {name} template {template}")

    def _initialise(self) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        password_file = self._folder / "initial.password"
        write_private(password_file, self.password)
        if self._os_user:
            owner = pwd.getpwnam(self._os_user)
            for path in (self._folder, password_file):
                os.chown(path, owner.pw_uid, owner.pw_gid)
        unfinished = self._folder / "data.new"
        shutil.rmtree(unfinished, ignore_errors=True)
        try:
            options = ("-A", "scram-sha-256", "-U", USER, "-E", "UTF8", "--locale=C", f"--pwfile={password_file}")
            self._check(self._run("initdb", "-D", str(unfinished), *options), "PostgreSQL's files could not be made")
        finally:
            password_file.unlink()
        unfinished.rename(self._data)

    def _reachable(self, folder: Path) -> Path:
        """The folder itself, or, where the server's own user cannot get at it, one in that user's home."""
        if self._os_user is None:
            return folder
        try:
            home = Path(pwd.getpwnam(self._os_user).pw_dir)
        except KeyError:
            postgres_programs()  # Debian's package makes the user
            try:
                home = Path(pwd.getpwnam(self._os_user).pw_dir)
            except KeyError:
                message = f"PostgreSQL does not run as root, and there is no user {self._os_user} to run it as: add one"
                raise NotAvailableHereError(message) from None
        folder.parent.mkdir(parents=True, exist_ok=True)
        if subprocess.run(["test", "-x", folder.parent], user=self._os_user, check=False, cwd="/").returncode == 0:
            return folder
        return home / f"leadhouse-{hashlib.sha256(str(folder).encode()).hexdigest()[:12]}"

    def _run(self, program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        # the server inherits what it is given: a pipe as its output would be kept open for as long as it lives
        return subprocess.run(
            [str(postgres_programs() / program), *arguments], cwd="/", text=True, check=False,
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
            user=self._os_user, group=self._os_user, extra_groups=() if self._os_user else None,
        )  # fmt: skip

    @staticmethod
    def _check(done: subprocess.CompletedProcess[str], problem: str) -> None:
        if done.returncode != 0:
            raise CrmError(f"{problem}: {(done.stderr or '').strip()[-500:]}")
