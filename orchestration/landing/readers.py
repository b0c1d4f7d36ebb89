"""One reader a format: a landing file becomes one raw Parquet file, with DuckDB.

A reader is given a file under a plain name of ours, so no name that arrived ever reaches SQL. It writes nothing but
`output` and temporary files in `scratch`, tells of every row that it could not take apart, and raises
`SetAsideError` or `HeldBackError` when the file as a whole cannot be used.
"""

from __future__ import annotations

import difflib
import json
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from orchestration.landing import text
from orchestration.landing.text import Reject, Rejection, column_name
from orchestration.landing.verdicts import HeldBackError, SetAsideError
from orchestration.raw_contract import RawTable

MAX_COLUMNS = 2000
_TO_PARQUET = "(format parquet, compression zstd)"

# Types of a Parquet file that DuckDB unites with the contract's type, and with text, without loss or error.
_WHOLE = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT")
_TIMES = ("DATE", "TIMESTAMP", "TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP_NS", "TIMESTAMP WITH TIME ZONE")
_UNITES = {
    "varchar": (*_WHOLE, *_TIMES, "DOUBLE", "FLOAT", "DECIMAL", "BOOLEAN", "ENUM"),
    "timestamp": _TIMES,
    "double": (*_WHOLE, "DOUBLE", "FLOAT", "DECIMAL"),
    "bigint": (*_WHOLE, "DOUBLE", "FLOAT", "DECIMAL"),
    "boolean": ("BOOLEAN",),
}


@dataclass(frozen=True)
class Source:
    """What a reader works on.

    Attributes:
        connection: DuckDB in memory, TimeZone UTC.
        file: the landing file under a plain name.
        table: the contract of the raw table that it belongs to.
        output: the raw file to write.
        scratch: a folder for temporary files.
        reject: is told of every row that could not be taken apart.
    """

    connection: duckdb.DuckDBPyConnection
    file: Path
    table: RawTable
    output: Path
    scratch: Path
    reject: Reject


Reader = Callable[[Source], int]


def read_csv(source: Source) -> int:
    """Read CSV or TSV, packed or not.

    Returns:
        How many rows the raw file holds.
    """
    plain = text.plain(source.file, source.scratch / "plain")
    header = text.csv_header(plain, (column.name for column in source.table.columns))
    _refuse_too_many(len(header.cells))
    cells: dict[str, list[str]] = {}
    for position, cell in enumerate(header.cells):
        if name := column_name(cell):
            cells.setdefault(name, []).append(f"cell_{position}")
    _refuse_twice(name for name, found in cells.items() if len(found) > 1)
    _hold_back_without(source.table, cells)

    names = [f"cell_{position}" for position in range(len(header.cells))]
    columns = _columns(source.table, {name: found[0] for name, found in cells.items()}, lambda cell: cell, _as_json)
    survey = text.survey(plain, header.delimiter)
    if survey.is_tidy and header.line == 1 and len(names) > 1:
        rows = _csv_rows(plain, names, header.delimiter, f"skip = 1, max_line_size = {text.MAX_ROW_BYTES}")
        query = f"select row_number() over () + 1 as source_row_number, {columns} from {rows}"
        # Whatever DuckDB refuses, or counts in another way than lines, has to be looked at row by row.
        if _try_copy(source, query) == survey.lines - 1:
            return survey.lines - 1
    tidy = source.scratch / "tidy"
    written = text.tidy_csv(plain, header, tidy, source.reject)
    rows = _tidy_rows(tidy, ["line_number", *names])
    return _copy(source, f"select cast(line_number as bigint) as source_row_number, {columns} from {rows}", written)


def read_json_lines(source: Source) -> int:
    """Read JSON Lines, packed or not. What is nested becomes JSON text; of two equal keys in a line the first counts.

    Returns:
        How many rows the raw file holds.
    """
    plain = text.plain(source.file, source.scratch / "plain")
    lines, line_count = _lines(source, plain)
    keys = _keys(source, lines)
    if not keys:
        raise SetAsideError("no line is a JSON object with a key; JSON Lines means one object a line")
    _refuse_too_many(len(keys))
    names: dict[str, list[str]] = {}
    for key in keys:
        if name := column_name(key):
            names.setdefault(name, []).append(key)
    _hold_back_without(source.table, names)

    pointers = {key: "/" + key.replace("~", "~0").replace("/", "~1") for key in keys}
    columns = _columns(
        source.table,
        {name: " ".join(str(keys.index(key) + 1) for key in found) for name, found in names.items()},
        lambda places: _first_known(f"texts[{place}]" for place in places.split()),
        lambda places: _first_known(f"nullif(jsons[{place}], 'null'::json)" for place in places.split()),
    )
    paths = "[" + ", ".join(_literal(pointer) for pointer in pointers.values()) + "]"
    jsons = f", json_extract(line, {paths}) as jsons" if source.table.keeps_extra_columns else ""
    rows = _copy(
        source,
        f"""
        select line_number as source_row_number, {columns}
        from (
            select line_number, json_extract_string(line, {paths}) as texts {jsons}
            from {lines} where {_IS_OBJECT}
        )
        """,
    )
    if rows < line_count:
        _reject_lines_that_are_no_object(source, lines)
    return rows


def read_parquet(source: Source) -> int:
    """Read Parquet: a hard link when the file can stand in the raw table as it is, else a copy with the columns mended.

    Returns:
        How many rows the raw file holds.
    """
    columns, rows = inspect_parquet(source.connection, source.file, source.table)
    if columns is None:
        os.link(source.file, source.output)
        return rows
    return _copy(source, f"select {columns} from read_parquet({_literal(source.file)})", rows)


def inspect_parquet(connection: duckdb.DuckDBPyConnection, file: Path, table: RawTable) -> tuple[str | None, int]:
    """Read a whole Parquet file once, and say how it must be mended.

    Returns:
        The columns to select, None when the file can be used as it is; and its number of rows.

    Raises:
        SetAsideError: when the file is damaged, or a column is there twice.
        HeldBackError: when a required column is missing.
    """
    rows = f"read_parquet({_literal(file)}, hive_partitioning = false)"
    try:
        described = connection.execute(f"describe select * from {rows}").fetchall()
        _refuse_too_many(len(described))
        # Reading every value finds damaged pages now; later they would stop everybody who reads the raw table.
        (count,) = connection.execute(f"select count(*) from {rows} as row where hash(row) is not null").fetchall()[0]
    except duckdb.OutOfMemoryException:
        raise
    except duckdb.Error as error:
        raise SetAsideError("it is no Parquet file, or a damaged one; deliver it again") from error
    types = {str(name): str(data_type) for name, data_type, *_ in described}
    found: dict[str, list[str]] = {}
    for name in _top_level_names(connection, file):
        found.setdefault(column_name(name), []).append(name)
    _refuse_twice(name for name, spellings in found.items() if len(spellings) > 1)
    _hold_back_without(table, found)

    wanted = {column.name: column.data_type for column in table.columns}
    fits = all(name in wanted and _unites(data_type, wanted[name]) for name, data_type in types.items())
    if fits:
        return None, int(count)

    def as_text(name: str) -> str:
        return _parquet_cell(name, types[name], wanted.get(column_name(name)))

    return _columns(table, {name: spellings[0] for name, spellings in found.items()}, as_text, _as_json), int(count)


def _unites(data_type: str, wanted: str) -> bool:
    return data_type == "VARCHAR" or (data_type.partition("(")[0] in _UNITES[wanted] and not data_type.endswith("]"))


def _parquet_cell(name: str, data_type: str, wanted: str | None) -> str:
    column = _identifier(name)
    if wanted and _unites(data_type, wanted):
        return column
    if data_type == "BLOB":
        return f"coalesce(try(decode({column})), cast({column} as varchar))"
    if data_type.endswith("]") or data_type.startswith(("STRUCT", "MAP", "UNION", "VARIANT")):
        return f"cast(to_json({column}) as varchar)"
    return f"cast({column} as varchar)"


def _top_level_names(connection: duckdb.DuckDBPyConnection, file: Path) -> list[str]:
    # The reader renames columns that differ only in case; the schema has them as they were written.
    schema = connection.execute(f"select name, num_children from parquet_schema({_literal(file)})").fetchall()
    names: list[str] = []
    below = 0
    for name, children in schema[1:]:
        if below == 0:
            names.append(str(name))
        below += (children or 0) - (1 if below else 0)
    return names


def _columns(
    table: RawTable,
    found: Mapping[str, str],
    as_cell: Callable[[str], str],
    as_json: Callable[[str], str],
) -> str:
    """The select list of a raw file: the contract's columns that it has, and the unknown ones where they are kept."""
    known = [column.name for column in table.columns if column.name in found]
    selected = [f"{as_cell(found[name])} as {_identifier(name)}" for name in known]
    unknown = [name for name in found if name not in known]
    if table.keeps_extra_columns and unknown:
        entries = ", ".join(f"{{'key': {_literal(name)}, 'value': {as_json(found[name])}}}" for name in unknown)
        kept = f"list_filter([{entries}], lambda entry: entry.value is not null)"
        selected.append(f"cast(to_json(map_from_entries({kept})) as varchar) as extra_columns")
    return ", ".join(selected)


def _as_json(name: str) -> str:
    column = _identifier(name)
    return f"case when {column} is not null then to_json({column}) end"


def _first_known(expressions: Iterable[str]) -> str:
    listed = list(expressions)
    return listed[0] if len(listed) == 1 else f"coalesce({', '.join(listed)})"


# What all text files have in common; the buffer would otherwise be sixteen of the longest lines.
_OPTIONS = """auto_detect = false, header = false, comment = '', compression = 'none', strict_mode = true,
    null_padding = false, buffer_size = 33554432"""
# A raw control character stands in no JSON, so with it as delimiter a line is one cell.
_UNQUOTED = "delim = e'\\x01', quote = '', escape = ''"
_ONE_CELL_A_LINE = f"columns = {{'cell': 'varchar'}}, {_UNQUOTED}"
_IS_OBJECT = "case when json_valid(line) then json_type(line) end = 'OBJECT'"


def _csv_rows(path: Path, names: Sequence[str], delimiter: str, options: str) -> str:
    columns = ", ".join(f"{_literal(name)}: 'varchar'" for name in names)
    return f"""read_csv({_literal(path)}, columns = {{{columns}}}, delim = {_literal(delimiter)}, quote = '"',
        escape = '"', {options}, {_OPTIONS})"""


def _tidy_rows(path: Path, names: Sequence[str]) -> str:
    # Each byte of a row may have been doubled, and each cell was put in quotes.
    longest = 2 * text.MAX_ROW_BYTES + 3 * MAX_COLUMNS + 32
    return _csv_rows(path, names, ",", f"new_line = '\\n', max_line_size = {longest}")


def _lines(source: Source, plain: Path) -> tuple[str, int]:
    """A subquery of (line_number, line), and how many lines it gives."""
    survey = text.survey(plain)
    cells = f"read_csv({_literal(plain)}, {_ONE_CELL_A_LINE}, max_line_size = {text.MAX_ROW_BYTES}, {_OPTIONS})"
    if survey.is_tidy and _counts(source, cells, survey.lines):
        return f"(select row_number() over () as line_number, cell as line from {cells})", survey.lines
    tidy = source.scratch / "tidy"
    written = text.tidy_lines(plain, tidy, source.reject)
    columns = "columns = {'line_number': 'bigint', 'line': 'varchar'}, new_line = '\\n'"
    longest = text.MAX_ROW_BYTES + 32
    return f"read_csv({_literal(tidy)}, {columns}, {_UNQUOTED}, max_line_size = {longest}, {_OPTIONS})", written


def _counts(source: Source, rows: str, expected: int) -> bool:
    # max() makes DuckDB look at the cells, not only at the line ends.
    try:
        counted = source.connection.execute(f"select count(*), max(length(cell)) from {rows}").fetchall()
    except (duckdb.InvalidInputException, duckdb.ConversionException):
        return False
    return bool(counted[0][0] == expected)


def _keys(source: Source, lines: str) -> list[str]:
    query = f"select distinct unnest(json_keys(line)) as key from {lines} where {_IS_OBJECT} limit {MAX_COLUMNS + 1}"
    return sorted(str(key) for (key,) in source.connection.execute(query).fetchall())


def _reject_lines_that_are_no_object(source: Source, lines: str) -> None:
    bad = f"""
        select line_number, case when json_valid(line) then 'not a JSON object' else 'not valid JSON' end, line
        from {lines} where not coalesce({_IS_OBJECT}, false) and trim(line, e' \\t\\r') <> '' order by line_number
    """
    result = source.connection.execute(bad)
    while batch := result.fetchmany(1000):
        for line_number, reason, line in batch:
            source.reject(Rejection(line_number, reason, line))


def _refuse_too_many(count: int) -> None:
    if count > MAX_COLUMNS:
        raise SetAsideError(f"it has more than {MAX_COLUMNS} columns; deliver the facts in long form")


def _refuse_twice(names: Iterable[str]) -> None:
    if twice := ", ".join(sorted(names)):
        raise SetAsideError(f"there is more than one column {twice}; rename all but one and deliver the file again")


def _hold_back_without(table: RawTable, found: Iterable[str]) -> None:
    present = sorted(found)
    missing = [name for name in table.required if name not in present]
    if not missing:
        return
    if not any(column.name in present for column in table.columns):
        reason = f"the file names no column of {table.full_name}; its first line, or its keys, must be column names"
        raise HeldBackError(", ".join(missing), reason)
    cures = []
    for name in missing:
        near = difflib.get_close_matches(name, [other for other in present if other not in table.required], 1, 0.7)
        cures.append(f"rename {json.dumps(near[0], ensure_ascii=False)} to {name}" if near else f"add {name}")
    reason = f"required by {table.full_name} and missing; {', '.join(cures)} and deliver the file again"
    raise HeldBackError(", ".join(missing), reason)


def _try_copy(source: Source, query: str) -> int | None:
    try:
        return _copy(source, query)
    except (duckdb.InvalidInputException, duckdb.ConversionException):
        return None


def _copy(source: Source, query: str, expected: int | None = None) -> int:
    copied = source.connection.execute(f"copy ({query}) to {_literal(source.output)} {_TO_PARQUET}").fetchall()
    rows = int(copied[0][0])
    if expected is not None and rows != expected:
        raise RuntimeError(f"{source.table.full_name}: {rows} rows were written where {expected} were read")
    return rows


def _literal(value: str | Path) -> str:
    return "'" + str(value).replace("'", "''") + "'"


def _identifier(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


READERS: Mapping[str, Reader] = {
    "parquet": read_parquet,
    "csv": read_csv,
    "tsv": read_csv,
    "jsonl": read_json_lines,
}
