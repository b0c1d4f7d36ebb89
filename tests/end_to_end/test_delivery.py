"""How files are delivered must not matter: in which order, in how many loads, how often."""

from __future__ import annotations

import csv
import random
from pathlib import Path

import duckdb
import pytest

from tests.end_to_end.conftest import AS_OF
from tests.end_to_end.leadhouse import Leadhouse
from tests.end_to_end.marts import QUALITY_MARTS, accounts, differences

LOADS = 3


def _landing_files(company: Leadhouse) -> list[str]:
    root = company.home.landing
    return sorted(str(path.relative_to(root)) for path in root.rglob("*") if path.is_file())


def _deliver(content: bytes, to: Leadhouse, landing_path: str) -> None:
    path = to.home.landing / landing_path
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def _shuffled(path: Path, chance: random.Random) -> bytes | None:
    """The file with its rows in another order; None when a line is no row, so that lines cannot be moved."""
    if path.suffix == ".parquet":
        return _shuffled_parquet(path, chance.randrange(2**31))
    content = path.read_bytes()
    mark = b"\xef\xbb\xbf" if content.startswith(b"\xef\xbb\xbf") else b""
    lines = content.removeprefix(mark).splitlines(keepends=True)
    head = [lines.pop(0)] if path.suffix == ".csv" else []
    if head:
        try:
            widths = {len(next(csv.reader([line.decode()], strict=True))) for line in [*head, *lines]}
        except (csv.Error, UnicodeDecodeError):
            return None
        if len(widths) > 1:
            return None
    if not all(line.endswith(b"\n") for line in lines):
        return None
    chance.shuffle(lines)
    return mark + b"".join([*head, *lines])


def _shuffled_parquet(path: Path, salt: int) -> bytes:
    shuffled = path.with_name(f".{path.stem}-{salt}.tmp")
    with duckdb.connect() as connection:
        order = f"hash(file_row_number, {salt})"
        source = f"read_parquet('{path}', file_row_number = true, hive_partitioning = false)"
        query = f"select * exclude (file_row_number) from {source} order by {order}"
        connection.execute(f"copy ({query}) to '{shuffled}' (format parquet)")
    content = shuffled.read_bytes()
    shuffled.unlink()
    return content


@pytest.fixture
def elsewhere(tmp_path: Path, target: Path) -> Leadhouse:
    """An empty Leadhouse."""
    return Leadhouse(tmp_path, target)


def test_order_of_files_and_rows_and_number_of_loads_do_not_matter(company: Leadhouse, elsewhere: Leadhouse) -> None:
    chance = random.Random(20261001)
    files = _landing_files(company)
    accepted = {
        row["landing_path"] for row in company.query("select * from marts.landing_files where status = 'accepted'")
    }
    chance.shuffle(files)
    moved = {".csv": 0, ".jsonl": 0, ".parquet": 0}
    for load in range(LOADS):
        for landing_path in files[load::LOADS]:
            original = company.home.landing / landing_path
            content = _shuffled(original, chance) if landing_path in accepted else None
            moved[original.suffix if content else ".csv"] += content is not None
            _deliver(content or original.read_bytes(), elsewhere, landing_path)
        elsewhere.land()
    assert all(count > 5 for count in moved.values()), f"too few files were shuffled to prove anything: {moved}"
    elsewhere.build_unchecked(AS_OF)
    # A row has moved within its file, and Parquet of other order has another size.
    found = differences(company, elsewhere, without=["row_number", "bytes"])
    assert not found, "\n".join(found)


def test_loading_everything_twice_changes_nothing(company: Leadhouse, elsewhere: Leadhouse) -> None:
    for landing_path in _landing_files(company):
        path = Path(landing_path)
        content = (company.home.landing / path).read_bytes()
        _deliver(content, elsewhere, landing_path)
        _deliver(content, elsewhere, str(path.with_name(f"again-{path.name}")))
    elsewhere.land()
    elsewhere.build_unchecked(AS_OF)
    found = differences(company, elsewhere, leaving_out=QUALITY_MARTS)
    assert not found, "\n".join(found)
    once = "2 * sum(raw_rows), sum(staged_rows), 2 * sum(quarantined_rows)"
    twice = "sum(raw_rows), sum(staged_rows), sum(quarantined_rows)"
    assert accounts(elsewhere, twice) == accounts(company, once)
