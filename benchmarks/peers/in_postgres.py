"""Runs in_postgres.sql on a PostgreSQL 15 of its own: starts it in a scratch folder, loads the raw files, stops it.

Written by the Leadhouse team as users of PostgreSQL; objections welcome. Settings are for one batch on a machine of its
own: nothing is made safe against a crash (fsync, full pages, synchronous commit off; unlogged tables), a quarter of the
memory for shared buffers, large work_mem, as many parallel workers as there are cores, no just-in-time compiling.
PostgreSQL cannot read Parquet, so loading (Arrow to CSV to COPY, only the columns that scores need) is part of the
work; starting the server and handing the result over for the comparison is not.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import psycopg
import pyarrow as pa
from pyarrow import csv, parquet

from benchmarks.peers.raw_files import by_type, load_time, raw_files
from orchestration.crm.programs import postgres_programs

SCRIPT = Path(__file__).with_suffix(".sql")
OS_USER = "postgres"
# a disk, which /tmp need not be; files are in a folder of their own
FILES = Path("/var/tmp")  # noqa: S108
# 48 GB for 95,229,777 events, 4.8 for a tenth of them
BYTES_OF_AN_EVENT = 500
FIELDS = [
    "email",
    "phone",
    "company",
    "website",
    "title",
    "industry",
    "annual_revenue",
    "employee_count",
    "country",
    "region",
]
RECORD = [
    "created_at",
    "updated_at",
    "loaded_at",
    "master_record_id",
    "is_deleted",
    *FIELDS,
    "lead_source",
    "campaign_id",
    "status",
]
CRM = {
    "leads": ["lead_id", "converted_contact_id", "extra_columns", *RECORD],
    "contacts": ["contact_id", "account_id", *RECORD],
    "accounts": ["account_id", "name", "created_at", "updated_at", "loaded_at", *FIELDS[3:4], *FIELDS[5:]],
    "lead_attributes": ["lead_id", "attribute", "value", "observed_at", "loaded_at"],
}
EVENTS = {
    "web": ["event_id", "anonymous_id", "event_type", "user_id", "email", "url", "user_agent", "ip"],
    "email": ["event_id", "recipient", "event_type", "message_id", "url", "user_agent", "ip", "http_method"],
    "messaging": ["event_id", "channel", "recipient", "event_type", "url"],
}
# the typed column, and the one for files where it is text
TYPED = {
    "occurred_at": ("timestamp", "occurred_text"),
    "loaded_at": ("timestamp", "loaded_text"),
    "dwell_seconds": ("float8", "dwell_text"),
}


def run(raw: Path, seeds: Path, out: Path, as_of: datetime) -> float:
    """Score from raw files.

    Args:
        raw: the landed files.
        seeds: the project's seeds.
        out: an empty folder; gets ``lead_scores.parquet`` and ``lead_score_contributions.parquet``.
        as_of: the instant that scores are made for, without a time zone, in UTC.

    Returns:
        Seconds from the first file to the last table.

    Raises:
        NotAvailableHereError: there is no PostgreSQL on this machine.
        RuntimeError: its server does not start, or the disk has no room for its files.
    """
    require_room(raw)
    with server() as address, psycopg.connect(address, autocommit=True) as connection:
        start = time.perf_counter()
        for folder in ("scoring", "reference"):
            for file in sorted((seeds / folder).glob("*.csv")):
                load_seed(connection, file)
        for table, columns in CRM.items():
            load_records(connection, raw / "crm" / table, f"raw_crm_{table}", columns)
        for source, columns in EVENTS.items():
            load_events(connection, raw / source / "events", f"raw_{source}_events", columns)
        connection.execute("analyze")
        statements = SCRIPT.read_text(encoding="utf-8").replace("{as_of}", f"timestamp '{as_of.isoformat(sep=' ')}'")
        # one transaction each, so that a dropped table gives its space back at once
        for statement in statements.split(";\n"):
            connection.execute(statement.encode())
        seconds = time.perf_counter() - start
        for table in ("lead_scores", "lead_score_contributions"):
            hand_over(connection, table, out / f"{table}.parquet")
    return seconds


def require_room(raw: Path) -> None:
    """Refuse before the disk is full, for others are on it too.

    Args:
        raw: the landed files.

    Raises:
        RuntimeError: below /var/tmp, a tenth of the disk left free, is less room than PostgreSQL needs by what it was
            seen to write for each event.
    """
    events = sum(
        parquet.read_metadata(file).num_rows for source in EVENTS for file in raw.glob(f"{source}/events/**/*.parquet")
    )
    disk = shutil.disk_usage(FILES)
    needed, free = events * BYTES_OF_AN_EVENT, disk.free - disk.total // 10
    if needed > free:
        raise RuntimeError(
            f"PostgreSQL's files of {events:,} events would take {needed / 1e9:,.0f} GB below {FILES},"
            f" where {max(0, free) / 1e9:,.0f} may be filled"
        )


# The server -----------------------------------------------------------------------------------------------------------


@contextmanager
def server() -> Iterator[str]:
    """A server of our own on a socket in a folder of its own below /var/tmp, which is deleted in the end.

    Yields:
        how to connect to it.
    """
    # a socket's path may have some 100 characters, and another user must get there
    home = Path(tempfile.mkdtemp(prefix="leadhouse-bench-", dir=FILES))
    data, log = home / "data", home / "log"
    settings = " ".join(f"-c {name}={value}" for name, value in tuned().items())
    control = ["pg_ctl", "-D", str(data), "-s", "-w"]
    try:
        if os.geteuid() == 0:
            shutil.chown(home, OS_USER)
        _call(
            "initdb",
            "-D",
            str(data),
            "-U",
            "bench",
            "-A",
            "trust",
            *["-E", "UTF8", "--lc-collate=C", "--lc-ctype=C.UTF-8"],
        )
        _call(*control, "-l", str(log), "-o", f"-k {home} -c listen_addresses='' {settings}", "start")
        try:
            yield f"host={home} user=bench dbname=postgres"
        finally:
            _call(*control, "-m", "immediate", "stop")
    finally:
        shutil.rmtree(home, ignore_errors=True)


def tuned() -> dict[str, str]:
    """The server's settings, from the machine's memory and cores."""
    memory, cores = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 2**20, os.cpu_count() or 1
    return {
        "shared_buffers": f"{memory // 4}MB",
        "effective_cache_size": f"{memory // 2}MB",
        "work_mem": f"{memory // 32}MB",
        "hash_mem_multiplier": "2",
        "maintenance_work_mem": f"{memory // 16}MB",
        "max_worker_processes": str(cores * 2),
        "max_parallel_workers": str(cores),
        "max_parallel_workers_per_gather": str(cores),
        "max_parallel_maintenance_workers": str(cores),
        "parallel_setup_cost": "100",
        "random_page_cost": "1.1",
        "fsync": "off",
        "full_page_writes": "off",
        "synchronous_commit": "off",
        "wal_level": "minimal",
        "max_wal_senders": "0",
        "max_wal_size": "16GB",
        "autovacuum": "off",
        "jit": "off",
        "timezone": "UTC",
    }


def _call(program: str, *arguments: str) -> None:
    # the server refuses to run as root, and would keep a pipe of ours open for as long as it lives
    user = OS_USER if os.geteuid() == 0 else None
    done = subprocess.run(
        [str(postgres_programs() / program), *arguments], cwd="/", text=True, check=False,
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
        user=user, group=user, extra_groups=() if user else None,
    )  # fmt: skip
    if done.returncode != 0:
        raise RuntimeError(f"{program} failed: {done.stderr.strip()[-2000:]}")


# Loading --------------------------------------------------------------------------------------------------------------


def load_seed(connection: psycopg.Connection, file: Path) -> None:
    """A seed as a table of text, blanks as nulls."""
    with file.open(encoding="utf-8") as lines:
        columns = lines.readline().strip().split(",")
    connection.execute(f"create unlogged table {file.stem} ({', '.join(f'{column} text' for column in columns)})")
    with connection.cursor().copy(f"copy {file.stem} from stdin (format csv, header)") as copy:
        copy.write(file.read_bytes())


def load_records(connection: psycopg.Connection, folder: Path, table: str, columns: list[str]) -> None:
    """A table of the CRM as text, with the place of each row in the order of arrival."""
    definitions = [f"{column} text" for column in columns]
    connection.execute(
        f"create unlogged table {table} "
        f"({', '.join(definitions)}, file_no integer, row_no integer, landed_at timestamp)"
    )
    for file_no, file in enumerate(raw_files(folder)):
        held = parquet.read_table(
            file, columns=[name for name in columns if name in parquet.read_schema(file).names], partitioning=None
        )
        cells = [
            held.column(name).cast(pa.string()) if name in held.column_names else pa.nulls(len(held), pa.string())
            for name in columns
        ]
        place = [pa.repeat(file_no, len(held)), pa.array(range(len(held))), landed(file, len(held))]
        copy_rows(connection, table, pa.table([*cells, *place], names=[*columns, "file_no", "row_no", "landed_at"]))


def load_events(connection: psycopg.Connection, folder: Path, table: str, columns: list[str]) -> None:
    """A table of events; times and numbers typed where the file has them so."""
    typed, as_text = by_type(folder)
    contract = parquet.read_schema(typed[-1]).names
    special = {name: kinds for name, kinds in TYPED.items() if name in contract}
    definitions = [f"{column} text" for column in columns]
    definitions += [f"{name} {kind}, {text_name} text" for name, (kind, text_name) in special.items()]
    connection.execute(
        f"create unlogged table {table} ({', '.join(definitions)}, file_id text, row_no integer, landed_at timestamp)"
    )
    for file in [*typed, *as_text]:
        wanted = [name for name in [*columns, *special] if name in parquet.read_schema(file).names]
        first = 0
        for batch in parquet.ParquetFile(file).iter_batches(1_000_000, columns=wanted):
            held = pa.Table.from_batches([batch])
            rows = {
                name: held.column(name).cast(pa.string()) if name in wanted else pa.nulls(len(held), pa.string())
                for name in columns
            }
            for name, (_, text_name) in special.items():
                given = held.column(name) if name in wanted else pa.nulls(len(held))
                rows[name], rows[text_name] = (
                    (given, pa.nulls(len(held))) if file in typed else (pa.nulls(len(held)), given.cast(pa.string()))
                )
            rows |= {
                "file_id": pa.repeat(file.stem, len(held)),
                "row_no": pa.array(range(first, first + len(held))),
                "landed_at": landed(file, len(held)),
            }
            copy_rows(connection, table, pa.table(rows))
            first += len(held)


def landed(file: Path, rows: int) -> pa.Array:
    """When a file was landed, for each of its rows; null for the contract."""
    try:
        return pa.repeat(pa.scalar(datetime.strptime(load_time(file), "%Y%m%dT%H%M%S%f"), pa.timestamp("us")), rows)
    except ValueError:
        return pa.nulls(rows, pa.timestamp("us"))


def copy_rows(connection: psycopg.Connection, table: str, rows: pa.Table) -> None:
    """Append rows; a null is an empty cell, an empty text is quoted."""
    if len(rows):
        with connection.cursor().copy(f"copy {table} ({', '.join(rows.column_names)}) from stdin (format csv)") as copy:
            for batch in rows.to_batches(100_000):
                sink = pa.BufferOutputStream()
                csv.write_csv(pa.Table.from_batches([batch]), sink, csv.WriteOptions(include_header=False))
                copy.write(sink.getvalue())


def hand_over(connection: psycopg.Connection, table: str, file: Path) -> None:
    """Write a table as Parquet."""
    with connection.cursor().copy(f"copy {table} to stdout (format csv, header)") as copy:
        content = pa.py_buffer(b"".join(copy))
    scores = {name: pa.decimal128(18, 4) for name in ("points", "profile_score", "engagement_score", "combined_score")}
    strings = {name: pa.string() for name in ("lead_id", "profile_grade", "grade", "rule_id")}
    parquet.write_table(
        csv.read_csv(pa.BufferReader(content), convert_options=csv.ConvertOptions(column_types=scores | strings)), file
    )
