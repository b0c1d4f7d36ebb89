"""The dbt project as the orchestration sees it: where it is, and a manifest that is never older than its files."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

from orchestration.engines.warehouse import target
from orchestration.files import put_in_place, sync_file, write_whole
from orchestration.home import CHECKOUT, DBT_PROJECT, Home
from orchestration.locks import exclusive

NOT_PARSED = {"target", "logs", "dbt_packages", ".user.yml"}
# The dbt beside our own Python: the environment need not be activated.
DBT = Path(sys.executable).with_name("dbt")
OUR_DBT: list[str] = [sys.executable, "-P", str(CHECKOUT / "orchestration" / "dbt_process.py")]
"""The same as our jobs run it, which is faster."""

Manifest = Mapping[str, Any]


class ProjectError(RuntimeError):
    """dbt cannot parse the project; carries dbt's own words."""


def project_dir() -> Path:
    """The dbt project: ours, or the one that dbt's own variable DBT_PROJECT_DIR names."""
    named = os.environ.get("DBT_PROJECT_DIR", "").strip()
    return Path(named).resolve() if named else DBT_PROJECT


def build_target(home: Home) -> Path:
    """The target folder of the builds that the orchestration starts."""
    return home.dagster / "dbt" / "build"


def manifest_folder(home: Home) -> Path:
    """Where `read_manifest` keeps the manifest, also as a state for dbt to defer to."""
    return home.dagster / "dbt"


def read_manifest(home: Home) -> Manifest:
    """The manifest of the project as it is now. dbt parses it only when a file of the project has changed.

    Raises:
        ProjectError: when dbt cannot parse the project.
        ValueError: when LEADHOUSE_TARGET names no engine of this environment.
    """
    folder = manifest_folder(home)
    manifest, stamp = folder / "manifest.json", folder / "manifest.stamp"
    with exclusive(folder / "manifest.lock", "parsing the dbt project"):
        now = fingerprint(project_dir())
        if not (manifest.exists() and stamp.exists() and stamp.read_text() == now):
            stamp.unlink(missing_ok=True)
            _parse(home, folder / "parse", manifest)
            write_whole(stamp, now)
        content: Manifest = json.loads(manifest.read_bytes())
    return content


def lend_parse(home: Home) -> None:
    """Give the builds that follow what the last parse found out, so that they need not parse again."""
    parsed, built = (
        folder / "partial_parse.msgpack" for folder in (home.dagster / "dbt" / "parse", build_target(home))
    )
    if parsed.exists() and (not built.exists() or parsed.stat().st_mtime > built.stat().st_mtime):
        built.parent.mkdir(parents=True, exist_ok=True)
        unfinished = built.with_name(f".{built.name}.{os.getpid()}.tmp")
        unfinished.write_bytes(parsed.read_bytes())
        unfinished.replace(built)


def fingerprint(project: Path) -> str:
    """Name, size and time of change of every file of a project, and what else decides how dbt reads them."""
    digest = hashlib.sha256(f"{version('dbt-core')} {version('dbt-duckdb')} {project} {target()}".encode())
    for folder, folders, files in os.walk(project):
        folders[:] = sorted(name for name in folders if name not in NOT_PARSED)
        for name in sorted(files):
            if name not in NOT_PARSED:
                status = Path(folder, name).stat()
                digest.update(f"{folder}/{name} {status.st_size} {status.st_mtime_ns}\n".encode("utf-8", "replace"))
    return digest.hexdigest()


def _parse(home: Home, folder: Path, manifest: Path) -> None:
    project = project_dir()
    command: list[str | Path] = [*OUR_DBT, "--quiet", "--no-use-colors", "parse"]
    command += ["--project-dir", project, "--profiles-dir", project]
    command += ["--target-path", folder, "--log-path", folder]
    environment = {**os.environ, "LEADHOUSE_HOME": str(home.root), "DBT_SEND_ANONYMOUS_USAGE_STATS": "false"}
    print("reading the dbt project (its files have changed)", flush=True)
    parse = subprocess.run(command, cwd=project, env=environment, capture_output=True, text=True, check=False)
    if parse.returncode != 0:
        raise ProjectError(f"dbt cannot read {project}:\n{parse.stdout}{parse.stderr}".rstrip())
    unfinished = manifest.with_suffix(".tmp")
    unfinished.write_bytes((folder / "manifest.json").read_bytes())
    sync_file(unfinished)
    put_in_place(unfinished, manifest)
