"""Text files taken apart line by line: encodings, a quick survey, and the careful readers for files that are not tidy.

A tidy file is left to DuckDB, which reads it at full speed. Any other file goes through a careful reader, which
decides for each row whether it can be taken apart, and writes the good ones to a tidy file with their line numbers.
"""

from __future__ import annotations

import codecs
import csv
import gzip
import re
import zlib
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

from orchestration.landing.verdicts import SetAsideError

# A row longer than this is rejected: an unclosed quote must not swallow the rest of a file, nor all memory.
MAX_ROW_BYTES = 8 * 1024 * 1024
DELIMITERS = (",", ";", "\t", "|")
_BLOCK = 4 * 1024 * 1024
_BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)

_AS_UTF8 = "save it as UTF-8 and deliver it again"

# The standard library's own limit of 128 kB a cell is process-wide; ours stands in `_Lines`.
csv.field_size_limit(2 * MAX_ROW_BYTES)


@dataclass(frozen=True)
class Rejection:
    """A row that could not be taken apart: its first line in the file, why, and its text as far as it can be shown."""

    row_number: int
    reason: str
    raw_value: str


@dataclass(frozen=True)
class Survey:
    """What one look at the bytes of a file tells.

    Attributes:
        lines: physical lines, the last one with or without its line end.
        is_tidy: whether DuckDB and the careful readers are known to read the file alike.
    """

    lines: int
    is_tidy: bool


Reject = Callable[[Rejection], None]


def plain(path: Path, copy: Path) -> Path:
    """The file as UTF-8 without byte-order mark, unpacked: itself when it is that already, else written to `copy`.

    Raises:
        SetAsideError: when the file is empty, or its gzip or its UTF-16 is broken.
    """
    try:
        with _open(path) as file:
            head = file.read(64 * 1024)
            if not head.strip():
                raise SetAsideError("the file is empty; deliver it again with at least a header or one row")
            mark, encoding = next(((m, e) for m, e in _BYTE_ORDER_MARKS if head.startswith(m)), (b"", "utf-8"))
            if encoding == "utf-8" and b"\0" in head[:4]:
                raise SetAsideError(f"it looks like UTF-16 without a byte-order mark; {_AS_UTF8}")
            old_mac_lines = encoding == "utf-8" and b"\r" in head and b"\n" not in head
            if not mark and not old_mac_lines and not _is_gzip(path):
                return path
            file.seek(0 if encoding != "utf-8" else len(mark))
            with copy.open("wb") as out:
                _transcode(file, encoding, out, old_mac_lines)
            return copy
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise SetAsideError("the gzip is broken or cut off; deliver the file again") from error


def _is_gzip(path: Path) -> bool:
    return path.suffix == ".gz"


def _open(path: Path) -> BinaryIO:
    return cast(BinaryIO, gzip.open(path, "rb")) if _is_gzip(path) else path.open("rb")


def _transcode(file: BinaryIO, encoding: str, out: BinaryIO, old_mac_lines: bool) -> None:
    # surrogatepass keeps a broken character as broken UTF-8, so that only its row is rejected later.
    decoder = codecs.getincrementaldecoder(encoding)("surrogatepass")
    while block := file.read(_BLOCK):
        if encoding != "utf-8":
            try:
                block = decoder.decode(block).encode("utf-8", "surrogatepass")
            except UnicodeDecodeError as error:
                raise SetAsideError(f"it is not valid {encoding.upper()}; {_AS_UTF8}") from error
        out.write(block.replace(b"\r", b"\n") if old_mac_lines else block)
    if encoding != "utf-8" and decoder.getstate()[0]:
        out.write(b"\xff")


def survey(path: Path, delimiter: str | None = None) -> Survey:
    """One pass over the bytes of a plain file, that ends where the file turns out not to be tidy.

    Args:
        delimiter: of a CSV file; None for a file of lines.
    """
    decoder = codecs.getincrementaldecoder("utf-8")()
    lines = returns = 0
    is_tidy, is_finished = True, True
    with path.open("rb") as file:
        while is_tidy and (block := file.read(_BLOCK)):
            block += file.readline(MAX_ROW_BYTES)
            block_returns = block.count(b"\r")
            is_finished = block.endswith(b"\n")
            lines += block.count(b"\n") + (not is_finished)
            returns += block_returns
            is_tidy = (
                b"\0" not in block
                and (block_returns == 0 or block_returns == block.count(b"\r\n"))
                and not (delimiter and _has_blanks_beside_quotes(block, delimiter))
                and _is_utf8(decoder, block)
            )
    is_tidy = is_tidy and _is_utf8(decoder, b"", final=True)
    return Survey(lines, is_tidy and returns in (0, lines - (not is_finished)))


def _has_blanks_beside_quotes(block: bytes, delimiter: str) -> bool:
    # The first test is quick and settles nearly every block.
    if b' "' not in block and b'" ' not in block:
        return False
    separator = re.escape(delimiter).encode()
    return re.search(rb'(?:^|[\n"%b]) +"|" +(?:[\r\n%b]|$)' % (separator, separator), block) is not None


def _is_utf8(decoder: codecs.IncrementalDecoder, block: bytes, final: bool = False) -> bool:
    try:
        decoder.decode(block, final)
    except UnicodeDecodeError:
        return False
    return True


@dataclass(frozen=True)
class _Line:
    number: int
    text: str
    problem: str | None = None

    @property
    def shown(self) -> str:
        """The line as it can be stored: bytes that are no UTF-8 as `\\xNN`."""
        encoded = self.text.rstrip("\r\n").encode("utf-8", "surrogateescape")
        return encoded.decode("utf-8", "backslashreplace").replace("\0", "\\x00")


def _lines(file: BinaryIO) -> Iterator[_Line]:
    number = 0
    while content := file.readline(MAX_ROW_BYTES):
        number += 1
        if len(content) == MAX_ROW_BYTES and not content.endswith(b"\n"):
            while (rest := file.readline(MAX_ROW_BYTES)) and not rest.endswith(b"\n"):
                pass
            yield _Line(number, content[:4096].decode("utf-8", "surrogateescape"), f"longer than {MAX_ROW_BYTES} bytes")
            continue
        try:
            text = content.decode("utf-8")
        except UnicodeDecodeError:
            yield _Line(number, content.decode("utf-8", "surrogateescape"), "not valid UTF-8")
            continue
        yield _Line(number, text, "holds a NUL character" if "\0" in text else None)


class _MalformedError(csv.Error):
    """Raised to the reader of a record that must not go on."""


class _Records:
    """CSV records with their lines. After a malformed record reading goes on with the line that follows its first."""

    def __init__(self, file: BinaryIO, delimiter: str) -> None:
        self._source = _lines(file)
        self._again: deque[_Line] = deque()
        self._taken: list[_Line] = []
        self._taken_size = 0
        self._reader = csv.reader(self, delimiter=delimiter, strict=True)

    def __iter__(self) -> _Records:
        return self

    def __next__(self) -> str:
        """The next line, for the CSV reader."""
        line = self._again.popleft() if self._again else next(self._source)
        self._taken.append(line)
        self._taken_size += len(line.text)
        if line.problem and line.problem.startswith("longer"):
            raise _MalformedError(line.problem)
        if self._taken_size > MAX_ROW_BYTES:
            raise _MalformedError(f"longer than {MAX_ROW_BYTES} bytes: a quote is not closed")
        return line.text

    def read(self) -> Iterator[tuple[list[_Line], list[str] | str]]:
        """Each record: its lines, and its cells or the reason why it has none. Blank lines are no records."""
        while True:
            self._taken, self._taken_size = [], 0
            try:
                cells = next(self._reader)
            except StopIteration:
                return
            except csv.Error as error:
                self._again.extendleft(reversed(self._taken[1:]))
                yield self._taken[:1], self._taken[0].problem or _in_our_words(error)
                continue
            problem = next((line.problem for line in self._taken if line.problem), None)
            if cells or problem:
                yield self._taken, problem or cells


def _in_our_words(error: csv.Error) -> str:
    # The library names no cell values in its messages, but says some of them in terms of Python.
    message = str(error)
    if "expected after" in message:
        return "text after a closing quote"
    if "unexpected end" in message:
        return "a quote is not closed"
    return "a line break inside a cell without quotes" if "new-line" in message else message


@dataclass(frozen=True)
class Header:
    """The header of a CSV file: its delimiter, its cells, and the number of its last line."""

    delimiter: str
    cells: tuple[str, ...]
    line: int


def csv_header(path: Path, known_columns: Iterable[str]) -> Header:
    """The header of a plain CSV file. Its delimiter is the one that finds most known columns, else most columns.

    Raises:
        SetAsideError: when the header cannot be taken apart.
    """
    known = frozenset(known_columns)
    best: tuple[tuple[int, int], Header] | None = None
    problem = "has no header"
    for delimiter in DELIMITERS:
        with path.open("rb") as file:
            lines, cells = next(_Records(file, delimiter).read(), ([], "has no header"))
        if isinstance(cells, str):
            problem = cells
            continue
        found = len({column_name(cell) for cell in cells} & known)
        if best is None or (found, len(cells)) > best[0]:
            best = (found, len(cells)), Header(delimiter, tuple(cells), lines[-1].number)
    if best is None:
        raise SetAsideError(f"the header line cannot be read: {problem}; mend it and deliver the file again")
    return best[1]


def column_name(text: str) -> str:
    """A column's name as raw tables have it: trimmed, lower case."""
    return text.strip().lower()


def tidy_csv(path: Path, header: Header, out: Path, reject: Reject) -> int:
    """Copy the good rows of a CSV file to a tidy one without header, the line number as first cell.

    Returns:
        How many rows were written.
    """
    width, written = len(header.cells), 0

    def good(file: BinaryIO) -> Iterator[list[str | int]]:
        nonlocal written
        records = _Records(file, header.delimiter).read()
        next(records)
        for lines, cells in records:
            # Delimiters at the end of a row take nothing away; DuckDB lets them pass too.
            if isinstance(cells, list) and not any(cells[width:]):
                del cells[width:]
            if isinstance(cells, str) or len(cells) != width:
                reason = cells if isinstance(cells, str) else f"{len(cells)} fields where the header has {width}"
                reject(Rejection(lines[0].number, reason, "\n".join(line.shown for line in lines)))
                continue
            written += 1
            yield [lines[0].number, *cells]

    with path.open("rb") as file, out.open("w", encoding="utf-8", newline="") as clean:
        csv.writer(clean, lineterminator="\n", quoting=csv.QUOTE_ALL).writerows(good(file))
    return written


def tidy_lines(path: Path, out: Path, reject: Reject) -> int:
    """Copy the readable lines of a file that are not blank to a file of line number, control character 1, line.

    Returns:
        How many lines were written.
    """
    written = 0
    with path.open("rb") as file, out.open("w", encoding="utf-8", newline="") as clean:
        for line in _lines(file):
            content = line.text.strip(" \t\r\n")
            problem = line.problem or ("holds a control character" if "\r" in content or "\x01" in content else None)
            if problem:
                reject(Rejection(line.number, problem, line.shown))
            elif content:
                written += 1
                clean.write(f"{line.number}\x01{content}\n")
    return written
