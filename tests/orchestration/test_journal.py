"""The journal after a power cut: whatever the disk had not been waited for may be gone, at any byte."""

from __future__ import annotations

import os
import random
import shutil
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pytest

from orchestration.reverse_sync import sending as sending_module
from orchestration.reverse_sync.file import FileDestination
from orchestration.reverse_sync.protocol import Answer, CallFailed, Change, Note
from tests.destinations.sending import journal, send_all
from tests.destinations.test_faults import everything, open_rows

ROWS = 12
CUTS = 12
VERDICTS = {"unfit": "permanent", "*": "transient"}


class Outbox(FileDestination):
    """The file destination with small batches; it refuses some whole, so that they are withdrawn and halved."""

    ROWS_IN_A_FILE = 4

    def __init__(self, outbox: Path, run_id: str, refuses: frozenset[str] = frozenset()) -> None:
        super().__init__(outbox, run_id)
        self.refuses = refuses
        self.is_watched = False
        self.moments: list[tuple[Path, int]] = []

    def send(self, batch: Sequence[Change], note: Note) -> list[Answer]:
        refused = self.refuses & {change.record_id for change in batch}
        if refused:
            raise CallFailed("unfit", "a row of the batch is unfit")
        answers = super().send(batch, note)
        if self.is_watched:
            self._remember()
        return answers

    def _remember(self) -> None:
        """Keep the whole state as it is now, with the length of the journal that the disk has."""
        home = self._outbox.parent
        copy = home.parent / f"moment_{len(self.moments)}"
        shutil.copytree(home, copy)
        self.moments.append((copy, WAITED_FOR.get(str(_journal_file(home)), 0)))


WAITED_FOR: dict[str, int] = {}


@pytest.fixture(autouse=True)
def watched_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """Note how long a file was when the disk was last waited for."""
    fsync = os.fsync

    def watched(descriptor: int) -> None:
        fsync(descriptor)
        WAITED_FOR[str(Path(f"/proc/self/fd/{descriptor}").readlink())] = os.fstat(descriptor).st_size

    monkeypatch.setattr(os, "fsync", watched)
    monkeypatch.setattr(sending_module, "ROWS_AHEAD", 7)


def _journal_file(home: Path) -> Path:
    return next((home / "intents").glob("*.jsonl"))


def _written(home: Path) -> Counter[str]:
    return Counter(
        line.split(",")[1] for path in (home / "outbox").glob("*/*.csv") for line in path.read_text().splitlines()[1:]
    )


@pytest.mark.parametrize("refuses", [frozenset(), frozenset({"3", "9"})], ids=["all pass", "some are halved"])
def test_a_power_cut_at_any_byte_loses_no_row_and_sends_none_twice(tmp_path: Path, refuses: frozenset[str]) -> None:
    changes = [Change(f"L{n}", "lead", str(n), {"lead_grade": "A1", "lead_score": float(n)}) for n in range(ROWS)]
    home = tmp_path / "home"
    first = Outbox(home / "outbox", "first", refuses)
    first.is_watched = True
    send_all(first, changes, journal(home), verdicts=VERDICTS)
    assert len(first.moments) > 2
    chance = random.Random(5)
    expected = Counter(change.record_id for change in changes if change.record_id not in refuses)
    for copy, waited_for in first.moments:
        content = _journal_file(copy).read_bytes()
        assert waited_for > 0
        cuts = {waited_for, len(content), *(chance.randint(waited_for, len(content)) for _ in range(CUTS))}
        for cut in sorted(cuts):
            after = tmp_path / f"{copy.name}_cut_at_{cut}"
            shutil.copytree(copy, after)
            _journal_file(after).write_bytes(content[:cut])
            log = journal(after)
            send_all(
                Outbox(after / "outbox", "second", refuses), open_rows(changes, log, "file"), log, verdicts=VERDICTS
            )
            assert _written(after) == expected, (copy.name, cut, waited_for)
            taken = Counter(row["record_id"] for row in everything(log, "file") if row["outcome"] == "accepted")
            assert taken == expected, (copy.name, cut, waited_for)
            assert not log.has_open_intents()
