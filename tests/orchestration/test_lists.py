"""The lists of the nurture plan for other tools: whole, safe in a spreadsheet, not written when a check has failed."""

from __future__ import annotations

import csv
from pathlib import Path

from tests.orchestration.workshop import Workshop


def write(workshop: Workshop) -> tuple[int, str]:
    done = workshop.python("-m", "orchestration.reverse_sync", "--lists", LEADHOUSE_AS_OF="2026-10-01T06:00:00Z")
    return done.returncode, done.stdout + done.stderr


def rows(file: Path) -> list[dict[str, str]]:
    with file.open(encoding="utf-8", newline="") as content:
        return list(csv.DictReader(content))


def test_a_list_is_the_state_of_now(built: Workshop) -> None:
    # A list of last week lay in the folder, and the mail tool went on with it.
    lists = built.home.outbox / "lists"
    (lists / "letters").mkdir(parents=True)
    (lists / "letters" / "due.csv").write_text("lead_id\nL009\n")
    code, words = write(built)
    assert code == 0, words
    assert [line.split() for line in words.splitlines()[-2:]] == [["calls", "3", "steps"], ["email", "0", "steps"]]
    assert sorted(path.relative_to(lists).as_posix() for path in lists.rglob("*.csv")) == [
        "calls/due.csv",
        "email/due.csv",
    ]
    assert (lists / "email" / "due.csv").read_text() == "list,lead_id,address,first_name,earliest_at\n"
    calls = rows(lists / "calls" / "due.csv")
    assert [row["lead_id"] for row in calls] == ["L001", "L002", "L003"]
    # a telephone number stays one; what a spreadsheet would run does not
    assert {row["address"][:10] for row in calls} == {"+1 (555) 0"}
    assert [row["first_name"] for row in calls] == ["'=cmd|' /C calc'!A0", "'+SUM(A1)", 'Ann, "A"']
    assert all(row["earliest_at"].endswith("Z") for row in calls)
    # what the sync of grades has written is read by other rules
    assert built.sent_lines() == []
    assert built.python("-m", "orchestration.reverse_sync").returncode == 0
    assert len(built.sent_lines()) == 4


def test_a_failed_check_leaves_the_lists_of_before(built: Workshop) -> None:
    # Who had just opted out was on the list, since the check that knew it ran after it was written.
    assert write(built)[0] == 0
    file = built.home.outbox / "lists" / "calls" / "due.csv"
    before = file.read_bytes()
    built.change(
        "update build_log.node_results set status = 'fail' where unique_id like 'test.small.not_null_sync_lists%'"
    )
    built.change("delete from sync.sync_lists__due_steps")
    code, words = write(built)
    assert code == 1
    assert "refused to write the contact lists: the last build is not sound" in words
    assert file.read_bytes() == before
