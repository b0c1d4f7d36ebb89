"""The sync: only differences, each exactly once, whatever happens to it."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestration.gate import Unsound
from orchestration.home import Home
from orchestration.reverse_sync import push as pushing
from orchestration.reverse_sync.differences import BadDifference
from orchestration.reverse_sync.file import FileDestination, guard, unguard
from orchestration.reverse_sync.journal import Batch, Journal
from orchestration.reverse_sync.protocol import Change, Destination, DestinationError, Outcome, RowOutcome
from orchestration.reverse_sync.push import SyncReport, journal, push
from tests.orchestration.workshop import Workshop

LINES = [
    "contact,3,L003,C3,33.25",
    "lead,1,L001,A1,93.5",
    "lead,2,L002,B2,61.0",
    "lead,4,L004,D4,",
]
Connect = Callable[[Home, str, str], Destination]


def sync(workshop: Workshop, connect: Connect | None = None) -> SyncReport:
    return push(workshop.home, workshop.manifest(), connect=connect)


@dataclass
class Crm:
    """A CRM that does as it is told: what it answers for a record, and what it remembers."""

    answers: dict[str, list[Outcome]] = field(default_factory=dict)
    breaks_after: int | None = None
    silent: bool = False
    received: list[tuple[str, dict[str, str | float | None]]] = field(default_factory=list)
    held: dict[tuple[str, str], dict[str, str | float | None]] = field(default_factory=dict)
    name: str = "file"
    batch_size: int = 2
    is_open: bool = True

    def prepare(self, fields: Mapping[str, str]) -> None:
        self.fields = dict(fields)

    def send(self, batch: Sequence[Change]) -> list[RowOutcome]:
        outcomes = []
        for change in batch:
            if self.breaks_after is not None and len(self.received) >= self.breaks_after:
                raise DestinationError("the line is dead: check that the CRM runs")
            self.received.append((change.record_id, dict(change.values)))
            planned = self.answers.get(change.record_id, [])
            outcome: Outcome = planned.pop(0) if planned else "accepted"
            if outcome == "accepted":
                self.held.setdefault((change.object, change.record_id), {}).update(change.values)
            outcomes.append(RowOutcome(change, outcome, "" if outcome == "accepted" else "no_such_record"))
        return [] if self.silent else outcomes[::-1]

    def read(self, batch: Sequence[Change]) -> dict[tuple[str, str], dict[str, str | float | None]]:
        keys = {(change.object, change.record_id) for change in batch}
        return {key: dict(values) for key, values in self.held.items() if key in keys}

    def close(self) -> None:
        self.is_open = False

    def connect(self, home: Home, name: str, run_id: str) -> Destination:
        return self


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pushing, "FIRST_PAUSE_SECONDS", 0)


def test_it_sends_what_differs_and_a_second_one_nothing(built: Workshop) -> None:
    first = sync(built)
    assert (first.records, first.sent, first.accepted, first.completion) == (4, 4, 4, 1.0)
    assert built.sent_lines() == LINES
    # Started alone again, without a build that could have read the outcomes.
    second = sync(built)
    assert (second.sent, second.settled_before) == (0, 4)
    assert built.sent_lines() == LINES


def test_a_build_reads_the_outcomes_and_then_nothing_differs(built: Workshop) -> None:
    sync(built)
    built.land()
    assert built.dbt("build").returncode == 0
    assert built.query("select count(*) from sync.sync_crm__lead_grades") == [(0,)]
    assert sync(built).records == 0
    # The CRM's value was changed by somebody: an old acknowledgement must not keep us from correcting it.
    built.change(
        "insert into sync.sync_crm__lead_grades values ('L001','lead','1','lead_grade','A1','C3','text',now())"
    )
    assert sync(built).sent == 1
    assert built.sent_lines()[-1] == "lead,1,L001,A1"


def test_outcomes_have_the_columns_of_their_source(built: Workshop) -> None:
    sync(built)
    row = next(row for row in built.outcomes() if row["record_id"] == "4")
    assert set(row) == {
        "run_id", "sent_at", "destination", "object", "record_id", "lead_id", "payload", "outcome", "code", "message",
        "attempt",
    }  # fmt: skip
    assert json.loads(row["payload"]) == {"lead_grade": "D4"}
    assert (row["outcome"], row["destination"], row["attempt"], row["lead_id"]) == ("accepted", "file", 1, "L004")


def test_only_the_new_value_of_a_record_goes_out(built: Workshop) -> None:
    sync(built)
    built.change(
        "update sync.sync_crm__lead_grades set new_value = 'B1' where record_id = '1' and field = 'lead_grade'"
    )
    report = sync(built)
    assert (report.sent, report.settled_before) == (1, 3)
    assert built.sent_lines()[len(LINES) :] == ["lead,1,L001,B1,"]


def test_a_value_that_is_gone_is_cleared(built: Workshop) -> None:
    built.change("update sync.sync_crm__lead_grades set new_value = null where record_id = '1'")
    sync(built)
    assert built.sent_lines()[1] == "lead,1,L001,#N/A,#N/A"
    assert json.loads(built.outcomes()[1]["payload"]) == {"lead_grade": None, "lead_score": None}


def test_killed_at_any_moment_nothing_is_lost_and_nothing_sent_twice(built: Workshop, tmp_path: Path) -> None:
    run = built.python("tests/orchestration/killed_sync.py", str(built.home.root), str(tmp_path / "scratch"))
    assert run.returncode == 0, run.stderr
    reports = [json.loads(line) for line in run.stdout.splitlines() if line.startswith("{")]
    # 2 batches, each: intent (file, folder), CSV (file, folder), outcomes (file, folder), the intent's end (folder).
    assert [report["died"] for report in reports] == [True] * 14 + [False]
    for report in reports:
        assert report["exit_codes"] == [0, 0], (report, run.stderr)
        assert report["lines"] == LINES, report
        assert [row[:2] for row in report["accepted"]] == [
            ["contact", "3"],
            ["lead", "1"],
            ["lead", "2"],
            ["lead", "4"],
        ]
        assert report["left_over"] == [], report


def test_rows_that_may_pass_later_are_tried_again_in_the_same_run(built: Workshop) -> None:
    crm = Crm(answers={"2": ["retry", "retry"]})
    report = sync(built, crm.connect)
    assert (report.accepted, report.retry) == (4, 0)
    assert [record for record, _ in crm.received].count("2") == 3
    assert [row["attempt"] for row in built.outcomes() if row["record_id"] == "2"] == [1, 2, 3]
    assert not crm.is_open


def test_rows_that_do_not_pass_are_reported_and_tried_by_the_next_run(built: Workshop) -> None:
    crm = Crm(answers={"2": ["retry"] * 3})
    report = sync(built, crm.connect)
    assert (report.accepted, report.retry, report.problems) == (3, 1, {"no_such_record": 1})
    assert report.completion == 0.75
    assert sync(built, crm.connect).accepted == 1
    assert [record for record, _ in crm.received].count("2") == 4


def test_a_rejected_row_is_not_sent_again_before_a_new_build(built: Workshop) -> None:
    crm = Crm(answers={"2": ["rejected"]})
    assert sync(built, crm.connect).rejected == 1
    assert sync(built, crm.connect).sent == 0
    assert [record for record, _ in crm.received].count("2") == 1


def test_silence_about_a_row_is_not_acceptance(built: Workshop) -> None:
    report = sync(built, Crm(silent=True).connect)
    assert (report.accepted, report.retry, report.problems) == (0, 4, {"no_answer": 4})


@pytest.mark.parametrize("arrived", [0, 1, 2, 3, 4])
def test_a_line_that_breaks_in_a_batch_is_repaired_by_asking(built: Workshop, arrived: int) -> None:
    crm = Crm(breaks_after=arrived)
    if arrived < 4:
        with pytest.raises(DestinationError):
            sync(built, crm.connect)
    else:
        sync(built, crm.connect)
    crm.breaks_after = None
    sync(built, crm.connect)
    assert sorted(record for record, _ in crm.received) == ["1", "2", "3", "4"]
    accepted = [row["record_id"] for row in built.outcomes() if row["outcome"] == "accepted"]
    assert sorted(accepted) == ["1", "2", "3", "4"]


def test_what_another_destination_left_open_is_left_to_it(built: Workshop) -> None:
    log = journal(built.home)
    open_there = Batch("20200101T000000000000Z", 1, 1, "odoo", [Change("L001", "lead", "1", {"x_lead_grade": "A1"})])
    log.intend(open_there)
    sync(built)
    assert log.has_open_intents()
    assert {row["destination"] for row in built.outcomes()} == {"file"}


def test_of_two_syncs_at_once_one_waits_and_finds_nothing_to_do(built: Workshop) -> None:
    both = [built.start("-m", "orchestration.reverse_sync") for _ in range(2)]
    assert [process.wait(timeout=120) for process in both] == [0, 0]
    assert sorted(built.sent_lines()) == LINES


def test_a_dry_run_shows_the_difference_and_sends_nothing(built: Workshop) -> None:
    run = built.python("-m", "orchestration.reverse_sync", "--dry-run", "--limit", "2")
    assert run.returncode == 0, run.stderr
    assert "lead 1 (lead L001)" in run.stdout
    assert "(nothing) -> 93.5" in run.stdout
    assert "... and 2 more records" in run.stdout
    assert "4 records differ; a sync would send them to file. Nothing was sent." in run.stdout
    assert not built.home.outbox.exists()
    assert built.outcomes() == []


def test_an_unknown_destination_is_refused(built: Workshop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LEADHOUSE_DESTINATION", "fax")
    built.change("update build_log.node_results set destination = 'fax'")
    with pytest.raises(DestinationError, match="'fax': give `file` or `odoo`"):
        sync(built)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ("set new_value = 'many' where field = 'lead_score'", "contact 3, field lead_score: not a number"),
        ("set new_value = 'nan' where field = 'lead_score'", "field lead_score: not a number"),
        ("set value_type = 'date' where field = 'lead_grade'", "value_type is 'date'"),
        ("set value_type = 'number' where record_id = '1'", "it is number here and text elsewhere"),
        ("set field = 'lead_grade', value_type = 'text'", "more than one row"),
    ],
)
def test_a_row_that_cannot_be_sent_is_named_and_nothing_goes_out(built: Workshop, change: str, words: str) -> None:
    built.change(f"update sync.sync_crm__lead_grades {change}")
    with pytest.raises(BadDifference, match=words):
        sync(built)
    assert built.sent_lines() == []


def test_a_closed_gate_sends_nothing_and_the_command_says_why(built: Workshop) -> None:
    built.change("update build_log.node_results set status = 'fail' where unique_id like 'test.small.unique_leads%'")
    with pytest.raises(Unsound):
        sync(built)
    run = built.python("-m", "orchestration.reverse_sync")
    assert run.returncode == 1
    assert "check unique_leads_lead_id: fail" in run.stderr
    assert built.sent_lines() == []


def test_run_ids_grow_although_the_clock_is_set_back(tmp_path: Path) -> None:
    log = Journal(tmp_path / "outcomes", tmp_path / "intents")
    late = log.new_run_id(datetime(2030, 1, 1, tzinfo=UTC))
    change = Change("L1", "lead", "1", {"lead_grade": "A1"})
    batch = Batch(late, 1, 1, "file", [change])
    log.intend(batch)
    log.settle(batch, [RowOutcome(change, "accepted")])
    assert log.new_run_id(datetime(2029, 1, 1, tzinfo=UTC)) > late


@given(st.text())
def test_any_text_survives_the_guard_and_none_is_a_formula(text: str) -> None:
    cell = guard(text)
    assert unguard(cell) == text
    assert not cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20"))
    assert cell != "#N/A"


@given(
    st.dictionaries(st.sampled_from(["grade", "reason"]), st.text(min_size=1) | st.none(), min_size=1),
    st.text("=@-+a1", min_size=1),
)
def test_the_outbox_gives_back_what_was_written(values: dict[str, str | None], record_id: str) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        change = Change("L1", "lead", record_id, values)
        destination = FileDestination(Path(folder), "run")
        destination.prepare({"grade": "text", "reason": "text"})
        assert [outcome.outcome for outcome in destination.send([change])] == ["accepted"]
        held = FileDestination(Path(folder), "later").read([change])
        assert held == {("lead", record_id): values}
        (file,) = Path(folder).glob("*/*.csv")
        cells = [cell for row in csv.reader(file.open(encoding="utf-8", newline="")) for cell in row]
        assert not any(cell.startswith(("=", "+", "-", "@")) for cell in cells)
