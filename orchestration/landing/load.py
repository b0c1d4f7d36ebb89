"""One load: finds what is new in landing, reads it, and makes it part of the raw tables in one step."""

from __future__ import annotations

import json
import os
import shutil
import stat
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb

from orchestration.files import put_in_place, sync_file
from orchestration.home import Home
from orchestration.landing import register as registry
from orchestration.landing.arrivals import Arrival, Unread, find, state_of
from orchestration.landing.readers import READERS, Source, inspect_parquet
from orchestration.landing.register import CONTRACT_LOAD, History, RegisteredFile
from orchestration.landing.text import Rejection
from orchestration.landing.verdicts import HeldBackError, SetAsideError
from orchestration.locks import exclusive
from orchestration.raw_contract import RawTable, raw_tables

# A rejected row is kept as far as this; the whole of it stays in the landing file.
MAX_SHOWN_CHARACTERS = 10_000
# dbt reads such files apart (macros/dialect/raw_files.sql): among typed ones they would make text of all.
CELLS_SUFFIX = ".cells.parquet"
_NO_FILE = "it is a link or a device, which is never followed; deliver the file itself"


@dataclass(frozen=True)
class Progress:
    """How far a load is: `done` of `total` new files, and the file that is read now ("" at the end)."""

    done: int
    total: int
    landing_path: str


@dataclass(frozen=True)
class TableLoad:
    """What one load brought for one raw table."""

    source: str
    table: str
    files: int
    rows: int
    rejected: int


@dataclass(frozen=True)
class LoadReport:
    """What one run of landing did.

    Attributes:
        load_id: the id of the load; None when no file was new, and nothing was written.
        files: what was registered, in the order of paths.
        unread: what lies in landing and cannot belong to a raw table now; it is not registered.
        repaired: loads that were killed earlier, whose files were removed before this one.
    """

    load_id: str | None
    files: tuple[RegisteredFile, ...]
    unread: tuple[Unread, ...]
    repaired: tuple[str, ...]

    @property
    def problems(self) -> tuple[RegisteredFile, ...]:
        """The files of this load that were not accepted."""
        return tuple(file for file in self.files if file.status != "accepted")

    def tables(self) -> list[TableLoad]:
        """What was accepted, by raw table."""
        loads: dict[tuple[str, str], TableLoad] = {}
        for file in self.files:
            if file.status == "accepted":
                key = file.source, file.table_name
                so_far = loads.get(key, TableLoad(*key, files=0, rows=0, rejected=0))
                loads[key] = replace(
                    so_far,
                    files=so_far.files + 1,
                    rows=so_far.rows + (file.row_count or 0),
                    rejected=so_far.rejected + (file.rejected_count or 0),
                )
        return [loads[key] for key in sorted(loads)]


OnProgress = Callable[[Progress], None]


def register(
    home: Home,
    now: datetime | None = None,
    on_progress: OnProgress | None = None,
    say: Callable[[str], None] = lambda message: None,
) -> LoadReport:
    """Read every landing file that is new, and register it. A bad file never stops the load.

    Args:
        home: where landing and raw are; both are made when missing.
        now: the start of the load, with a time zone; the clock when left out.
        on_progress: told before each file, and at the end.
        say: told when another landing has to be waited for.

    Raises:
        ContractError: when the sources of the dbt project cannot be read.
        Busy: when another landing did not end in time.
        ValueError: when `now` has no time zone.
    """
    if now is not None and now.tzinfo is None:
        raise ValueError("now needs a time zone, such as UTC")
    tables = raw_tables()
    home.landing.mkdir(parents=True, exist_ok=True)
    with (
        exclusive(home.root / "landing.lock", "landing", say=say),
        _scratch(home) as scratch,
        duckdb.connect(config={"temp_directory": str(scratch / "spill")}) as connection,
    ):
        connection.execute("set TimeZone = 'UTC'; set enable_progress_bar = false")
        load = _Load(home, tables, connection, scratch, now or datetime.now(UTC))
        return load.run(on_progress or (lambda progress: None))


@contextmanager
def _scratch(home: Home) -> Iterator[Path]:
    folder = home.raw / ".loading"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


class _StillChangingError(Exception):
    """The file changed while it was read, or is gone: it is left for the next load."""


@dataclass(frozen=True)
class _Load:
    home: Home
    tables: Mapping[tuple[str, str], RawTable]
    connection: duckdb.DuckDBPyConnection
    scratch: Path
    now: datetime

    def run(self, on_progress: OnProgress) -> LoadReport:
        repaired = registry.remove_unfinished_loads(self.home, self.tables.values())
        for table in self.tables.values():
            self._write_contract(table)
        # Files for the register itself would be forgeries.
        deliverable = {key for key in self.tables if key[0] != "landing"}
        arrivals, unread = find(self.home.landing, deliverable)
        known = registry.histories(self.home, self.connection)
        new = [arrival for arrival in arrivals if registry.is_new(arrival, known)]
        load_id, registered_at = self._load_time()
        files: list[RegisteredFile] = []
        for done, arrival in enumerate(new):
            on_progress(Progress(done, len(new), arrival.landing_path))
            try:
                files.append(self._take(arrival, known.get(arrival.landing_path, History()), load_id, registered_at))
            except _StillChangingError as reason:
                unread.append(Unread(arrival.landing_path, str(reason)))
        if files:
            self._commit(load_id, files)
        on_progress(Progress(len(new), len(new), ""))
        return LoadReport(load_id if files else None, tuple(files), tuple(unread), tuple(repaired))

    def _load_time(self) -> tuple[str, datetime]:
        """The id and time of the load: later than every earlier one, also when the clock was set back."""
        time = self.now.astimezone(UTC).replace(tzinfo=None)
        latest = max(registry.committed_loads(self.home), default="")
        if latest >= f"{time:%Y%m%dT%H%M%S%fZ}":
            time = datetime.strptime(latest, "%Y%m%dT%H%M%S%fZ") + timedelta(microseconds=1)
        return f"{time:%Y%m%dT%H%M%S%fZ}", time

    def _take(self, arrival: Arrival, history: History, load_id: str, registered_at: datetime) -> RegisteredFile:
        """Read one file and say what became of it; its raw file and rejected rows wait in scratch."""
        file_id = history.file_id(arrival.landing_path)
        file = RegisteredFile(
            file_id=file_id,
            landing_path=arrival.landing_path,
            source=arrival.source,
            table_name=arrival.table,
            format=arrival.format,
            status="accepted",
            reason=None,
            column_name=None,
            bytes=arrival.bytes,
            modified_at=arrival.modified_at,
            row_count=None,
            rejected_count=None,
            raw_path=None,
            registered_at=registered_at,
        )
        if history.accepted_as is not None:
            return replace(file, status="changed", reason=self._what_changed(arrival, history.accepted_as))
        try:
            rows, rejected = self._read(arrival, file)
        except HeldBackError as verdict:
            return replace(file, status="held_back", reason=str(verdict), column_name=verdict.column_names)
        except SetAsideError as verdict:
            return replace(file, status="set_aside", reason=str(verdict))
        suffix = CELLS_SUFFIX if self._has_text_cells(file) else ".parquet"
        raw_path = f"raw/{arrival.source}/{arrival.table}/load_id={load_id}/{file_id}{suffix}"
        return replace(file, row_count=rows, rejected_count=rejected, raw_path=raw_path)

    def _read(self, arrival: Arrival, file: RegisteredFile) -> tuple[int, int]:
        if not arrival.is_plain_file:
            raise SetAsideError(_NO_FILE)
        rejected = 0
        with self._work_folder() as work, self._rejected_rows_of(file).open("w", encoding="utf-8") as rejections:

            def reject(rejection: Rejection) -> None:
                nonlocal rejected
                rejected += 1
                row = asdict(replace(rejection, raw_value=rejection.raw_value[:MAX_SHOWN_CHARACTERS]))
                origin = {"file_id": file.file_id, "source": file.source, "table_name": file.table_name}
                rejections.write(json.dumps(origin | row | {"registered_at": str(file.registered_at)}) + "\n")

            pinned = self._pin(arrival, work)
            table = self.tables[arrival.source, arrival.table]
            source = Source(self.connection, pinned, table, self._output_of(file), work, reject)
            rows = READERS[arrival.format](source)
            self._must_be_unchanged(arrival, pinned)
        return rows, rejected

    def _has_text_cells(self, file: RegisteredFile) -> bool:
        """Whether a column that the contract has as another type is text in the raw file."""
        types = dict(self._columns_of(self._output_of(file)) or [])
        columns = self.tables[file.source, file.table_name].columns
        return any(column.data_type != "varchar" and types.get(column.name) == "VARCHAR" for column in columns)

    @contextmanager
    def _work_folder(self) -> Iterator[Path]:
        folder = self.scratch / "work"
        folder.mkdir()
        try:
            yield folder
        finally:
            shutil.rmtree(folder)

    def _output_of(self, file: RegisteredFile) -> Path:
        return self.scratch / f"{file.file_id}.parquet"

    def _rejected_rows_of(self, file: RegisteredFile) -> Path:
        return self.scratch / f"{file.file_id}.rejected"

    def _pin(self, arrival: Arrival, work: Path) -> Path:
        """The file under a plain name of ours, which stays the same file whatever happens to the landing path."""
        pinned = work / ("file.gz" if arrival.path.suffix.lower() == ".gz" else "file")
        try:
            try:
                os.link(arrival.path, pinned, follow_symlinks=False)
            except FileNotFoundError:
                raise
            except OSError:
                shutil.copy2(arrival.path, pinned, follow_symlinks=False)
            if not stat.S_ISREG(pinned.lstat().st_mode):
                raise SetAsideError(_NO_FILE)
            pinned.open("rb").close()
        except FileNotFoundError:
            raise _StillChangingError("it was taken away while landing read it; nothing of it was used") from None
        except PermissionError:
            raise _StillChangingError("it may not be read by this user; give read permission") from None
        return pinned

    def _must_be_unchanged(self, arrival: Arrival, pinned: Path) -> None:
        # Both: the pinned file may be a copy, and another file may have taken the path before it was pinned.
        states = {state_of(path.lstat()) for path in (pinned, arrival.path) if os.path.lexists(path)}
        if states != {arrival.state}:
            raise _StillChangingError(
                "it changed while landing read it, so the next load reads it; "
                "write under a name that ends in .part, then rename"
            )

    def _what_changed(self, arrival: Arrival, accepted_as: str) -> str:
        cure = "deliver what is new under a new name"
        raw = self.home.root / accepted_as
        if not (raw.exists() and arrival.is_plain_file and raw.samefile(arrival.path)):
            return f"it was accepted before and has changed since; what was read stays as it was: {cure}"
        # The raw file is a hard link, so whoever wrote into the landing file wrote into the raw table too.
        try:
            columns, _ = inspect_parquet(self.connection, raw, self.tables[arrival.source, arrival.table])
        except (SetAsideError, HeldBackError):
            columns = "unreadable"
        if columns is None:
            return f"it was written over in place, so the raw table now has its new rows in the old load: {cure}"
        raw.unlink()
        return (
            f"it was written over in place and can no longer be read, so its rows are gone from the raw table: {cure}"
        )

    def _write_contract(self, table: RawTable) -> None:
        """Make sure that each part of the raw table has its contract file: no rows, all columns. Left when right."""
        wanted = [(column.name, column.data_type.upper()) for column in table.raw_columns]
        columns = ", ".join(f'cast(null as {kind}) as "{name}"' for name, kind in wanted)
        for suffix in (".parquet", CELLS_SUFFIX):
            place = self.home.raw / table.source / table.name / f"load_id={CONTRACT_LOAD}" / f"contract{suffix}"
            if place.exists() and self._columns_of(place) == wanted:
                continue
            contract = self.scratch / "contract.parquet"
            self.connection.execute(f"copy (select {columns} where false) to {_literal(contract)} (format parquet)")
            sync_file(contract)
            place.parent.mkdir(parents=True, exist_ok=True)
            put_in_place(contract, place)

    def _columns_of(self, file: Path) -> list[tuple[str, str]] | None:
        query = f"describe select * from read_parquet({_literal(file)}, hive_partitioning = false)"
        try:
            return [(name, kind) for name, kind, *_ in self.connection.execute(query).fetchall()]
        except duckdb.Error:
            return None

    def _commit(self, load_id: str, files: Sequence[RegisteredFile]) -> None:
        accepted = [file for file in files if file.raw_path is not None]
        outputs = {self._output_of(file): self.home.root / str(file.raw_path) for file in accepted}
        with_rejections = [file for file in accepted if file.rejected_count]
        if with_rejections:
            rejected = self.scratch / "rejected.parquet"
            self._write_rejected_rows([self._rejected_rows_of(file) for file in with_rejections], rejected)
            outputs[rejected] = self.home.raw / "landing" / "rejected_rows" / f"load_id={load_id}" / rejected.name
        register = self.scratch / "register"
        registry.write_register(self.connection, self.tables["landing", "files"], files, register)
        registry.commit(self.home, load_id, register, outputs)

    def _write_rejected_rows(self, parts: Sequence[Path], output: Path) -> None:
        columns = self.tables["landing", "rejected_rows"].columns
        kinds = ", ".join(f"{_literal(column.name)}: {_literal(column.data_type)}" for column in columns)
        files = ", ".join(_literal(part) for part in parts)
        self.connection.execute(
            f"copy (select * from read_json([{files}], columns = {{{kinds}}}, format = 'newline_delimited'))"
            f" to {_literal(output)} (format parquet, compression zstd)"
        )


def _literal(path: Path | str) -> str:
    return "'" + str(path).replace("'", "''") + "'"
