"""Finds the programs of other makers that the CRM needs, and installs Debian's packages of them where it may."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

from orchestration.crm.errors import NotAvailableHereError

PYTHON_VERSION = "3.6"
"""What Odoo 11 was made for. It answers calls on 3.8 too, but its pages do not come up there."""
CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
MAC_CHROME = Path("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome")


def odoo_python() -> Path:
    """A Python that Odoo 11 runs on: ``LEADHOUSE_ODOO_PYTHON``, else that of the PATH or of pyenv.

    Raises:
        NotAvailableHereError: when there is none.
    """
    named = os.environ.get("LEADHOUSE_ODOO_PYTHON", "").strip()
    candidates = [Path(named)] if named else []
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv") / "versions"
    on_path = shutil.which(f"python{PYTHON_VERSION}")
    candidates += [Path(on_path)] if on_path else []
    candidates += sorted(pyenv.glob(f"{PYTHON_VERSION}.*/bin/python"), reverse=True)
    for candidate in candidates:
        if _is_fit(candidate):
            return candidate
    raise NotAvailableHereError(
        f"Odoo 11 needs Python {PYTHON_VERSION}: pyenv install {PYTHON_VERSION}, or name one in LEADHOUSE_ODOO_PYTHON"
    )


def postgres_programs() -> Path:
    """The folder that holds ``initdb``, ``pg_ctl`` and ``psql``.

    Raises:
        NotAvailableHereError: when PostgreSQL is missing and cannot be installed.
    """
    return _found(_postgres_folder, "PostgreSQL", "postgresql")


def chromium() -> Path:
    """A Chromium or Chrome for pictures.

    Raises:
        NotAvailableHereError: when it is missing and cannot be installed.
    """
    return _found(_chromium_file, "Chromium", "chromium")


def _found(find: Callable[[], Path | None], name: str, package: str) -> Path:
    path = find() or (_install_debian_package(package) and find()) or None
    if path is None:
        cure = f"brew install {package}" if platform.system() == "Darwin" else f"apt-get install {package}, as root"
        raise NotAvailableHereError(f"{name} is not on this machine: {cure}")
    return path


def _postgres_folder() -> Path | None:
    on_path = shutil.which("pg_ctl")
    candidates = [Path(on_path).resolve().parent] if on_path else []
    candidates += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    for homebrew in (Path("/opt/homebrew/opt"), Path("/usr/local/opt")):
        candidates += sorted(homebrew.glob("postgresql*/bin"), reverse=True)
    needed = ("initdb", "pg_ctl", "psql", "postgres")
    return next((folder for folder in candidates if all((folder / name).exists() for name in needed)), None)


def _chromium_file() -> Path | None:
    on_path = next((found for name in CHROMIUM_NAMES if (found := shutil.which(name))), None)
    if on_path:
        return Path(on_path)
    return MAC_CHROME if MAC_CHROME.exists() else None


def _install_debian_package(package: str) -> bool:
    if platform.system() != "Linux" or os.geteuid() != 0 or not shutil.which("apt-get"):
        return False
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    command = ["apt-get", "install", "-y", "--no-install-recommends", package]
    for attempt in (command, ["apt-get", "update"], command):
        done = subprocess.run(attempt, env=environment, stdin=subprocess.DEVNULL, capture_output=True, check=False)
        if attempt is command and done.returncode == 0:
            return True
    return False


def _is_fit(python: Path) -> bool:
    code = f"import sys, ssl, venv, ensurepip; sys.exit('%d.%d' % sys.version_info[:2] != '{PYTHON_VERSION}')"
    try:
        return subprocess.run([python, "-c", code], capture_output=True, check=False, timeout=60).returncode == 0
    except OSError:
        return False
