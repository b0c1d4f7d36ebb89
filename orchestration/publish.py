"""The copy that BI reads: all marts of one build, in a DuckDB file and in Parquet, each swapped in whole.

Readers never wait for a refresh, and a refresh fails no query: a reader that has the old file open keeps reading it.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from orchestration.engines.warehouse import EngineError, Warehouse
from orchestration.files import put_in_place, sync_file, sync_folder
from orchestration.gate import Build, Unsound, require_sound
from orchestration.home import Home
from orchestration.locks import Busy, Say, exclusive, say_to_stdout, warehouse_reader
from orchestration.progress import Progress
from orchestration.project import Manifest, ProjectError, read_manifest

# DuckDB 1.x clients, which most BI drivers are, cannot read the format that 2.0 writes by default.
STORAGE_VERSION = "v1.0.0"
# A query that began on an old Parquet version may still be running.
GRACE_SECONDS = 3600.0
BUILD_TABLE = "published_build"

OnProgress = Callable[[int, int, str], None]


@dataclass(frozen=True)
class Published:
    """What was published.

    Attributes:
        build: the build whose marts these are.
        published_at: when, UTC.
        rows: number of rows of each mart.
        file: the DuckDB file.
        parquet: the folder of Parquet files, a link to the newest version.
        bytes: size of the DuckDB file.
    """

    build: Build
    published_at: datetime
    rows: Mapping[str, int]
    file: Path
    parquet: Path
    bytes: int


def published_file(home: Home) -> Path:
    """The DuckDB file that BI tools open, read-only."""
    return home.published / "leadhouse.duckdb"


def published_parquet(home: Home) -> Path:
    """The folder of Parquet files, one a mart: a link. Resolve it once, then read several files of one version.

    From Spark, `<mart>.parquet` is a folder of files, which readers of Parquet take for one.
    """
    return home.published / "parquet"


def marts(manifest: Manifest) -> dict[str, str]:
    """The public interface: unique id of each mart of the project, by name."""
    return {
        str(node["alias"]): unique_id
        for unique_id, node in sorted(manifest["nodes"].items())
        if node["resource_type"] == "model"
        and node["schema"] == "marts"
        and node["config"]["materialized"] != "ephemeral"
    }


def publish(
    home: Home,
    manifest: Manifest,
    on_progress: OnProgress = lambda done, total, what: None,
    say: Say = say_to_stdout,
    now: Callable[[], datetime] = lambda: datetime.now(UTC).replace(tzinfo=None),
    *,
    on_read: Callable[[], None] = lambda: None,
) -> Published:
    """Publish all marts and nothing else.

    Args:
        home: whose warehouse.
        manifest: of the dbt project: it knows the marts and their descriptions.
        on_progress: told how many marts are done, of how many, and which one was the last.
        say: told when another process has to be waited for.
        now: the clock of `published_at`.
        on_read: told when all marts were read out: from now on others may write the warehouse.

    Raises:
        Unsound: when the last build of the marts, or a check on it, is not sound. What was published before stays.
        EngineError: when the engine that keeps the warehouse fails.
        Busy: when another process keeps the warehouse.
    """
    published_at = now()
    version = _Version(home, published_at.strftime("%Y%m%dT%H%M%S%fZ"))
    with exclusive(home.published / ".publish.lock", "publishing", say=say):
        _remove_unfinished(home.published)
        with warehouse_reader(home, "publishing", say=say) as warehouse:
            build = _one_build(require_sound(warehouse, manifest, marts(manifest).values(), to="publish"))
            _read_out(warehouse, manifest, version, on_progress)
        on_read()
        with duckdb.connect() as copy:
            rows = _copy(copy, manifest, version)
            _finish(copy, build, published_at, version)
        size = version.file.stat().st_size
        _swap(version)
        _remove_old_versions(home)
    return Published(build, published_at, rows, published_file(home), published_parquet(home), size)


@dataclass(frozen=True)
class _Version:
    """One publication while it is being written: its files have other names than readers look for."""

    home: Home
    name: str

    @property
    def file(self) -> Path:
        return self.home.published / f".{self.name}.duckdb.tmp"

    @property
    def parquet(self) -> Path:
        return self.home.published / f".parquet-{self.name}.tmp"

    def parquet_of(self, mart: str) -> Path:
        """A file, or from an engine of many machines a folder of them."""
        return self.parquet / f"{mart}.parquet"


def _one_build(builds: Mapping[str, Build]) -> Build:
    """Marts of several builds have several clocks: together they would say things that were never true at one time."""
    newest = max(builds.values(), key=lambda build: build.started_at)
    older = sorted(model.rpartition(".")[2] for model, build in builds.items() if build != newest)
    if older:
        raise Unsound(
            f"refused to publish: the last build touched only a part of the marts, not {', '.join(older)}\n"
            "Build all of them (`python -m orchestration.run --job hourly`, or `dbt build`)."
        )
    return newest


def _read_out(warehouse: Warehouse, manifest: Manifest, version: _Version, on_progress: OnProgress) -> None:
    """Each mart as Parquet: all that the warehouse is needed for."""
    version.parquet.mkdir(parents=True)
    names = marts(manifest)
    for number, (name, unique_id) in enumerate(names.items(), start=1):
        node = manifest["nodes"][unique_id]
        warehouse.write_parquet(warehouse.quoted(node["schema"], node["alias"]), version.parquet_of(name))
        on_progress(number, len(names), name)


def _copy(copy: duckdb.DuckDBPyConnection, manifest: Manifest, version: _Version) -> dict[str, int]:
    """Take each mart into the DuckDB file; gives its rows."""
    copy.execute(f"attach {_text(str(version.file))} as published (storage_version {_text(STORAGE_VERSION)})")
    rows: dict[str, int] = {}
    for name, unique_id in marts(manifest).items():
        node = manifest["nodes"][unique_id]
        rows[name] = _take_in(copy, name, version)
        columns = {column["name"]: column["description"] for column in node["columns"].values()}
        _describe(copy, name, node["description"], columns)
    return rows


def _finish(copy: duckdb.DuckDBPyConnection, build: Build, published_at: datetime, version: _Version) -> None:
    """Say inside which build this is, and make all of it durable."""
    row = f"""
        select
            {_text(build.build_id)} as build_id,
            timestamp '{build.as_of}' as as_of,
            timestamp '{build.started_at}' as built_at,
            timestamp '{published_at}' as published_at
    """
    copy.execute(f"copy ({row}) to {_text(str(version.parquet_of(BUILD_TABLE)))} (format parquet, compression zstd)")
    _take_in(copy, BUILD_TABLE, version)
    copy.execute("checkpoint published")
    copy.execute("detach published")
    sync_file(version.file)
    sync_folder(version.parquet)


def _take_in(copy: duckdb.DuckDBPyConnection, name: str, version: _Version) -> int:
    """The table is made of the Parquet, so both hold the same."""
    parquet = version.parquet_of(name)
    copy.execute(f"create table published.main.{_name(name)} as from read_parquet({_text(str(parquet))})")
    for file in parquet.iterdir() if parquet.is_dir() else [parquet]:
        sync_file(file)
    (count,) = copy.execute(f"select count(*) from published.main.{_name(name)}").fetchall()[0]
    return int(count)


def _describe(connection: duckdb.DuckDBPyConnection, name: str, table: str, columns: Mapping[str, str]) -> None:
    """Descriptions travel along as comments, for tools that show them; a column that does not exist gets none."""
    if table:
        connection.execute(f"comment on table published.main.{_name(name)} is {_text(table)}")
    existing = {row[0] for row in connection.execute(f"describe published.main.{_name(name)}").fetchall()}
    for column, description in columns.items():
        if description and column in existing:
            connection.execute(
                f"comment on column published.main.{_name(name)}.{_name(column)} is {_text(description)}"
            )


def _swap(version: _Version) -> None:
    """Each of the two forms appears in one step. The file is read-only: a BI tool that opens it must not lock it."""
    published = version.home.published
    version.file.chmod(0o444)
    versions = published / "parquet_versions"
    versions.mkdir(exist_ok=True)
    version.parquet.replace(versions / version.name)
    sync_folder(versions)
    link = published / f".parquet-{version.name}.link.tmp"
    link.symlink_to(Path(versions.name) / version.name)
    before = published_parquet(version.home)
    if before.is_dir() and not before.is_symlink():
        # a copy or a restore made a folder of the link: it becomes one of the old versions
        before.replace(versions / f"{version.name}-before")
    put_in_place(version.file, published_file(version.home))
    put_in_place(link, published_parquet(version.home))


def _remove_unfinished(published: Path) -> None:
    """What a killed publish left behind."""
    for leftover in published.glob(".*.tmp*"):
        if leftover.is_dir() and not leftover.is_symlink():
            shutil.rmtree(leftover)
        else:
            leftover.unlink()


def _remove_old_versions(home: Home) -> None:
    """Old Parquet versions go once nobody can still be reading them."""
    newest = published_parquet(home).resolve()
    replaced_at = published_parquet(home).lstat().st_mtime
    for version in sorted((home.published / "parquet_versions").iterdir()):
        if version == newest:
            continue
        marker = version / ".replaced"
        if not marker.exists():
            marker.touch()
            os.utime(marker, (replaced_at, replaced_at))
        if time.time() - marker.stat().st_mtime > GRACE_SECONDS:
            shutil.rmtree(version)


def _text(value: str) -> str:
    """A text literal of SQL."""
    return "'" + value.replace("'", "''") + "'"


def _name(value: str) -> str:
    """A quoted name of SQL."""
    return '"' + value.replace('"', '""') + '"'


def main(arguments: list[str] | None = None) -> int:
    """The command `python -m orchestration.publish`."""
    argparse.ArgumentParser(
        prog="python -m orchestration.publish",
        description="Publish the marts of the last build for BI tools: one DuckDB file and Parquet, swapped in whole.",
        epilog="State lives under LEADHOUSE_HOME (default: var/ in the checkout).",
    ).parse_args(arguments)
    home = Home.from_environment()
    try:
        published = publish(home, read_manifest(home), Progress("publish").show)
    except (Unsound, Busy, EngineError, ProjectError, FileNotFoundError, ValueError) as problem:
        print(problem, file=sys.stderr)
        return 1
    print(f"{len(published.rows)} marts, {sum(published.rows.values()):,} rows in {published.file}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
