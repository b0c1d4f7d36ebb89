"""The sync: only differences, each exactly once, whatever happens to it."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestration.gate import Unsound
from orchestration.home import Home
from orchestration.reverse_sync.differences import BadDifference
from orchestration.reverse_sync.file import FileDestination, guard, unguard
from orchestration.reverse_sync.journal import Batch, Journal
from orchestration.reverse_sync.pace import Pace
from orchestration.reverse_sync.protocol import (
    Answer,
    Change,
    Destination,
    DestinationError,
    FieldDescription,
    Held,
    Note,
    RowOutcome,
    Value,
)
from orchestration.reverse_sync.push import SyncReport, TooMuchChanged, journal, push
from tests.orchestration.workshop import Workshop

LINES = [
    "contact,3,L003,C3,33.25",
    "lead,1,L001,A1,93.5",
    "lead,2,L002,B2,61.0",
    "lead,4,L004,D4,",
]
Connect = Callable[[Home, str, str], Destination]


def sync(workshop: Workshop, connect: Connect | None = None, **options: Any) -> SyncReport:
    """A sync that does not wait."""
    return push(workshop.home, workshop.manifest(), connect=connect, sleep=lambda seconds: None, **options)


def told_runs(workshop: Workshop) -> list[dict[str, Any]]:
    """What each run told of itself."""
    return [json.loads(file.read_text()) for file in sorted((workshop.home.landing / "sync" / "runs").glob("*.jsonl"))]


class Crm:
    """A CRM that does as it is told: what it answers for a record, and what it remembers."""

    name = "file"

    def __init__(
        self,
        answers: Mapping[str, list[str]] | None = None,
        breaks_after: int | None = None,
        silent: bool = False,
        rows_in_a_call: int = 2,
    ) -> None:
        self.answers = {record: list(codes) for record, codes in (answers or {}).items()}
        self.breaks_after = breaks_after
        self.silent = silent
        self.rows_in_a_call = rows_in_a_call
        self.received: list[tuple[str, dict[str, Value]]] = []
        self.held: Held = {}
        self.described: dict[str, FieldDescription] | None = None
        self.pace = Pace()
        self.is_open = True
        self.ways: list[tuple[str, str, bool]] = []

    def batch_size(self, rows: int) -> int:
        return self.rows_in_a_call

    def describe(self, kind: str) -> Mapping[str, FieldDescription] | None:
        return self.described

    def create_field(self, kind: str, name: str, value_type: str) -> None:
        raise DestinationError(f"there is no field {name}")

    def send(self, batch: Sequence[Change], note: Note) -> list[Answer]:
        answers = []
        self.ways.append(batch[0].way)
        for change in batch:
            if self.breaks_after is not None and len(self.received) >= self.breaks_after:
                raise DestinationError("the line is dead: check that the CRM runs")
            self.received.append((change.record_id, dict(change.values)))
            planned = self.answers.get(change.record_id, [])
            code = planned.pop(0) if planned else ""
            if not code:
                self.held.setdefault(change.key, {}).update(change.values)
            answers.append(Answer(change, code, "its words" if code else ""))
        return [] if self.silent else answers[::-1]

    def collect(self, noted: str, batch: Sequence[Change]) -> list[Answer]:
        raise AssertionError("nothing was noted")

    def read(self, batch: Sequence[Change]) -> Held:
        keys = {change.key for change in batch}
        return {key: dict(values) for key, values in self.held.items() if key in keys}

    def close(self) -> None:
        self.is_open = False

    def connect(self, home: Home, name: str, run_id: str) -> Destination:
        return self


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
        "insert into sync.sync_crm__lead_grades values "
        "('L001', 'lead', '1', '', 'lead_grade', 'A1', 'C3', 'text', now(), null, false)"
    )
    assert sync(built).sent == 1
    assert built.sent_lines()[-1] == "lead,1,L001,A1"


def test_outcomes_have_the_columns_of_their_source(built: Workshop) -> None:
    sync(built)
    row = next(row for row in built.outcomes() if row["record_id"] == "4")
    assert set(row) == {
        "run_id", "sent_at", "destination", "object", "record_id", "lead_id", "payload", "outcome", "code", "message",
        "attempt", "next_try_at",
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
    assert built.sent_lines()[len(LINES) :] == ["lead,1,L001,B1"]


def test_a_value_that_is_gone_is_cleared(built: Workshop) -> None:
    built.change("update sync.sync_crm__lead_grades set new_value = null where record_id = '1'")
    sync(built)
    assert built.sent_lines()[1] == "lead,1,L001,#N/A,#N/A"
    assert json.loads(built.outcomes()[1]["payload"]) == {"lead_grade": None, "lead_score": None}


def test_killed_at_any_moment_nothing_is_lost_and_nothing_sent_twice(built: Workshop, tmp_path: Path) -> None:
    run = built.python("tests/orchestration/killed_sync.py", str(built.home.root), str(tmp_path / "scratch"))
    assert run.returncode == 0, run.stderr
    reports = [json.loads(line) for line in run.stdout.splitlines() if line.startswith("{")]
    # The intents of all rows (folder, file); 3 batches, each: CSV (file, folder); their outcomes (file, folder); what
    # the run came to (file, folder).
    assert [report["died"] for report in reports] == [True] * (2 + 3 * 2 + 2 + 2) + [False]
    for report in reports:
        assert report["exit_codes"] == [0, 0], (report, run.stderr)
        assert report["lines"] == [line.rstrip(",") for line in LINES], report
        assert [row[:2] for row in report["accepted"]] == [
            ["contact", "3"],
            ["lead", "1"],
            ["lead", "2"],
            ["lead", "4"],
        ]
        assert report["left_over"] == [], report


def test_rows_that_may_pass_later_are_tried_again_in_the_same_run(built: Workshop) -> None:
    crm = Crm(answers={"2": ["disk_full", "disk_full"]})
    report = sync(built, crm.connect)
    assert (report.accepted, report.failed) == (4, 0)
    assert [record for record, _ in crm.received].count("2") == 3
    assert [row["attempt"] for row in built.outcomes() if row["record_id"] == "2"] == [1, 2, 3]
    assert not crm.is_open


def test_rows_that_do_not_pass_are_reported_and_tried_by_a_later_run_when_they_are_due(built: Workshop) -> None:
    crm = Crm(answers={"2": ["disk_full"] * 3})
    report = sync(built, crm.connect)
    assert (report.accepted, report.outcomes["retry"], report.problems) == (3, 1, {"disk_full": 1})
    assert report.completion == 0.75
    # Not due yet: a CRM at rest is not asked every minute.
    assert sync(built, crm.connect).resting == {"retry": 1}
    assert [record for record, _ in crm.received].count("2") == 3
    assert sync(built, crm.connect, again=True).accepted == 1
    assert [row["attempt"] for row in built.outcomes() if row["record_id"] == "2"] == [1, 2, 3, 4]


def test_what_was_tried_too_often_is_given_up_until_its_value_changes(built: Workshop) -> None:
    crm = Crm(answers={"2": ["disk_full"] * 12})
    for _ in range(4):
        report = sync(built, crm.connect, again=True)
    assert report.outcomes == {"dead_letter": 1}
    assert sync(built, crm.connect).resting == {"dead_letter": 1}
    built.change(
        "update sync.sync_crm__lead_grades set new_value = 'B1' where record_id = '2' and field = 'lead_grade'"
    )
    assert sync(built, crm.connect).outcomes == {"accepted": 1}
    assert crm.held["lead", "2"] == {"lead_grade": "B1", "lead_score": 61.0}


def test_a_rejected_row_is_not_sent_again_unless_its_value_changes(built: Workshop) -> None:
    built.change("insert into seeds.sync_error_codes values ('file', 'no_such_record', 'permanent', null)")
    crm = Crm(answers={"2": ["no_such_record"]})
    assert sync(built, crm.connect).outcomes == {"accepted": 3, "rejected": 1}
    assert sync(built, crm.connect).resting == {"rejected": 1}
    built.land()
    assert built.dbt("build", "--select", "base_sync__outcomes+").returncode == 0
    # The build has read the outcomes: the row still differs, and was still refused.
    assert built.query("select distinct record_id from sync.sync_crm__lead_grades") == [("2",)]
    assert sync(built, crm.connect).resting == {"rejected": 1}
    assert [record for record, _ in crm.received].count("2") == 1
    built.change(
        "update sync.sync_crm__lead_grades set new_value = 'B1' where record_id = '2' and field = 'lead_grade'"
    )
    assert sync(built, crm.connect).accepted == 1


def test_a_refusal_is_forgotten_after_its_rest(built: Workshop) -> None:
    built.change("insert into seeds.sync_error_codes values ('file', 'no_such_record', 'permanent', null)")
    crm = Crm(answers={"2": ["no_such_record"]})
    sync(built, crm.connect)
    built.change("update seeds.sync_policies set rejected_rest_hours = 0")
    assert sync(built, crm.connect).accepted == 1


def test_silence_about_a_row_is_not_acceptance(built: Workshop) -> None:
    report = sync(built, Crm(silent=True).connect)
    assert (report.accepted, report.outcomes["retry"], report.problems) == (0, 4, {"no_answer": 4})


def test_silence_about_a_row_is_settled_by_reading_it_back(built: Workshop) -> None:
    built.change("insert into seeds.sync_error_codes values ('file', 'no_answer', 'unsure', null)")
    crm = Crm(silent=True)
    assert sync(built, crm.connect).outcomes == {"accepted": 4}
    assert len(crm.received) == 4


def test_one_lead_alone_can_be_sent(built: Workshop) -> None:
    crm = Crm()
    report = sync(built, crm.connect, only="L002")
    assert (report.records, [record for record, _ in crm.received]) == (1, ["2"])
    assert sync(built, crm.connect).sent == 3


def test_a_batch_is_of_one_way_to_find_its_records_and_the_key_is_checked_first(built: Workshop) -> None:
    crm = Crm()
    built.change("""
        update sync.sync_crm__lead_grades set match_key = 'outer_id', may_create = record_id <> '2'
        where object = 'lead'
    """)
    plain = FieldDescription("text", frozenset({"text", "number"}))
    crm.described = {"lead_grade": plain, "lead_score": plain}
    with pytest.raises(DestinationError, match=r"lead\.outer_id is the match key, and there is no such field"):
        sync(built, crm.connect)
    crm.described["outer_id"] = plain
    assert sync(built, crm.connect).accepted == 4
    assert crm.ways == [("contact", "", False), ("lead", "outer_id", False), ("lead", "outer_id", True)]


def test_a_limit_leaves_the_rest_to_the_next_run(built: Workshop) -> None:
    crm = Crm()
    report = sync(built, crm.connect, limit=3)
    assert (report.sent, report.unsent) == (3, 1)
    assert sync(built, crm.connect).sent == 1
    assert sorted(record for record, _ in crm.received) == ["1", "2", "3", "4"]


def test_a_retry_sends_the_value_of_now_and_not_that_of_then(built: Workshop) -> None:
    crm = Crm(answers={"1": ["disk_full"], "2": ["disk_full"]})

    def a_build_ends_in_the_pause(seconds: float) -> None:
        if len(crm.received) == 4 and seconds:
            built.change("""
                update sync.sync_crm__lead_grades set new_value = 'B1' where record_id = '1' and field = 'lead_grade';
                delete from sync.sync_crm__lead_grades where record_id = '2';
                insert into build_log.node_results
                select 'a later build', build_started_at, as_of, destination, unique_id, status, failures, now()
                from build_log.node_results where unique_id like '%sync_crm__lead_grades';
            """)

    push(built.home, built.manifest(), connect=crm.connect, sleep=a_build_ends_in_the_pause)
    assert crm.received[4:] == [("1", {"lead_grade": "B1", "lead_score": 93.5})]


def test_a_run_that_would_overwrite_too_much_waits_for_a_go(built: Workshop) -> None:
    crm = Crm()
    built.change("update seeds.sync_policies set stop_from_records = 2, stop_changed_percent = 50")
    assert sync(built, crm.connect).sent == 4  # nothing was held: filling is not overwriting
    built.land()
    assert built.dbt("build", "--exclude", "resource_type:seed").returncode == 0
    built.change("""
        update seeds.sync_policies set stop_from_records = 2, stop_changed_percent = 50;
        insert into sync.sync_crm__lead_grades
            (lead_id, object, record_id, field, new_value, known_value, value_type)
        select lead_id, object, record_id, field, 'D4', new_value, value_type
        from sync.sync_crm__wanted_values where field = 'lead_grade' and record_id <> '4'
    """)
    with pytest.raises(TooMuchChanged, match=r"3 of 4 records would get another value, more than 50 %"):
        sync(built, crm.connect)
    assert len(crm.received) == 4
    # A run that was refused left nothing behind that an alert could be made of.
    refused = told_runs(built)[-1]
    assert (refused["records_overwritten"], refused["records_unsent"], refused["calls"]) == (3, 3, 0)
    assert "3 of 4 records would get another value" in refused["stopped"]
    assert sync(built, crm.connect, only="L001").accepted == 1
    assert told_runs(built)[-1]["is_partial"]
    assert sync(built, crm.connect, go=True).accepted == 2
    assert (told_runs(built)[-1]["records_unsent"], told_runs(built)[-1]["stopped"]) == (0, "")


def test_a_run_that_could_not_be_sent_tells_how_many_wait_until_one_finds_nothing_left(built: Workshop) -> None:
    """The CRM refused the log-in for a week, and the sync's health was that of the last good run."""

    def refused(home: Home, name: str, run_id: str) -> Destination:
        raise DestinationError("the log-in was refused")

    with pytest.raises(DestinationError):
        sync(built, refused)
    crm = Crm(breaks_after=2)
    with pytest.raises(DestinationError):
        sync(built, crm.connect)
    told = [(row["records_unsent"], row["stopped"]) for row in told_runs(built)]
    assert told == [(4, "the log-in was refused"), (3, "the line is dead: check that the CRM runs")]
    built.change("delete from sync.sync_crm__lead_grades")
    sync(built, Crm().connect)
    assert (told_runs(built)[-1]["records_unsent"], told_runs(built)[-1]["stopped"]) == (0, "")
    # And once all is well, a quiet run leaves no file.
    sync(built, Crm().connect)
    assert len(told_runs(built)) == 3


def test_a_run_that_is_mostly_rejected_is_stopped(built: Workshop) -> None:
    built.change("""
        insert into seeds.sync_error_codes values ('file', 'no_such_field', 'permanent', null);
        update seeds.sync_policies set stop_from_records = 2, stop_rejected_percent = 50
    """)
    crm = Crm(answers={record: ["no_such_field"] for record in "1234"})
    report = sync(built, crm.connect)
    assert (report.outcomes, report.unsent) == ({"rejected": 3}, 1)
    assert "3 of 3 records were rejected, more than 50 %" in report.stopped
    assert sync(built, crm.connect, go=True).outcomes == {"rejected": 1}


def test_values_that_the_destination_cannot_hold_are_told_before_the_first_row(built: Workshop) -> None:
    crm = Crm()
    crm.described = {
        "lead_grade": FieldDescription("picklist", frozenset({"text"}), choices=frozenset({"A1", "B2", "C3"})),
        "lead_score": FieldDescription("double", frozenset({"number"}), largest=90.0),
    }
    said: list[str] = []
    report = sync(built, crm.connect, say=lambda words: said.append(f"{len(crm.received)} {words}"))
    assert report.problems == {"not_a_choice": 1, "too_large_number": 1}
    assert report.outcomes == {"accepted": 2, "rejected": 2}
    assert said == [
        "0 1 records are not sent: lead_score: the field holds numbers up to 90 (too_large_number)",
        "0 1 records are not sent: lead_grade: the value is none of the 3 that the field allows (not_a_choice)",
    ]
    assert {row["record_id"] for row in built.outcomes() if row["outcome"] == "rejected"} == {"1", "4"}


def test_fields_that_cannot_be_written_stop_the_run_before_the_first_row(built: Workshop) -> None:
    crm = Crm()
    crm.described = {"lead_score": FieldDescription("formula", frozenset({"number"}), is_writable=False)}
    with pytest.raises(DestinationError) as caught:
        sync(built, crm.connect)
    assert "there is no field lead_grade" in str(caught.value)
    assert "lead.lead_score cannot be written" in str(caught.value)
    assert crm.received == []
    assert built.outcomes() == []


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
    open_there = Batch("20200101T000000000000Z", 1, "odoo", [Change("L001", "lead", "1", {"x_lead_grade": "A1"})])
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
    with pytest.raises(DestinationError, match="'fax': give one of `file`, `odoo`, `salesforce`, `hubspot`"):
        sync(built)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ("set new_value = 'many' where field = 'lead_score'", "contact 3, field lead_score: not a number"),
        ("set new_value = 'nan' where field = 'lead_score'", "field lead_score: not a number"),
        ("set value_type = 'date' where field = 'lead_grade'", "value_type is 'date'"),
        ("set value_type = 'number' where record_id = '2'", "it is number here and text elsewhere"),
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
    log = Journal(tmp_path / "outcomes", tmp_path / "intents", tmp_path / "runs")
    late = log.new_run_id(datetime(2030, 1, 1, tzinfo=UTC))
    change = Change("L1", "lead", "1", {"lead_grade": "A1"})
    batch = Batch(late, 1, "file", [change])
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
        assert [answer.code for answer in destination.send([change], lambda name: None)] == [""]
        held = FileDestination(Path(folder), "later").read([change])
        assert held == {("lead", record_id): values}
        (file,) = Path(folder).glob("*/*.csv")
        cells = [cell for row in csv.reader(file.open(encoding="utf-8", newline="")) for cell in row]
        assert not any(cell.startswith(("=", "+", "-", "@")) for cell in cells)
