"""The published copy: all marts of one build and nothing else, swapped in whole under the eyes of its readers."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import duckdb
import pytest

from orchestration import publish as publishing
from orchestration.gate import Unsound
from orchestration.publish import Published, publish, published_file, published_parquet
from tests.orchestration.workshop import Workshop

READERS = 8
REFRESHES = 12
# DuckDB 1.0's storage version, as its files carry it in their header.
FORMAT_OF_1_0 = 64


def refresh(workshop: Workshop) -> Published:
    return publish(workshop.home, workshop.manifest())


def test_it_holds_the_marts_their_descriptions_and_nothing_else(built: Workshop) -> None:
    published = refresh(built)
    assert published.rows == {"lead_scores": 4, "leads": 4, "unrelated": 1}
    with duckdb.connect(str(published.file), read_only=True) as connection:
        tables = connection.execute("select schema_name, table_name from duckdb_tables() order by all").fetchall()
        assert tables == [("main", name) for name in ("lead_scores", "leads", "published_build", "unrelated")]
        assert connection.execute("select view_name from duckdb_views() where not internal").fetchall() == []
        comments = connection.execute(
            "select comment from duckdb_tables() where table_name = 'leads' union all "
            "select comment from duckdb_columns() where table_name = 'leads' and column_name = 'lead_id'"
        ).fetchall()
        assert comments == [("One row a person, with a quote ' in its description.",), ("The person's id.",)]
        copied = connection.execute("from lead_scores order by all").fetchall()
        build = connection.execute("select build_id, as_of from published_build").fetchall()
    assert copied == built.query("from marts.lead_scores order by all")
    assert build == built.query("select distinct build_id, as_of from build_log.node_results")
    assert sorted(path.name for path in published.parquet.iterdir()) == [
        f"{name}.parquet" for name in ("lead_scores", "leads", "published_build", "unrelated")
    ]
    with duckdb.connect() as connection:
        parquet = connection.execute(f"from '{published.parquet}/lead_scores.parquet' order by all").fetchall()
    assert parquet == copied


def test_clients_of_duckdb_1_can_read_it_and_nobody_can_lock_it(built: Workshop) -> None:
    # A file in the format of 2.0 cannot be opened by the DuckDB 1.x in BI drivers.
    file = refresh(built).file
    header = file.read_bytes()[:20]
    assert header[8:12] == b"DUCK"
    assert int.from_bytes(header[12:20], "little") == FORMAT_OF_1_0
    assert file.stat().st_mode & 0o222 == 0


def test_readers_never_fail_and_never_see_half_a_refresh(built: Workshop, tmp_path: Path) -> None:
    # Enough rows that a copy takes a while: a swap that is not whole would be seen.
    built.change(
        "insert into marts.lead_scores select 'X' || range, 'A1', 1, as_of from range(200000), marts.unrelated"
    )
    refresh(built)
    stop = tmp_path / "stop"
    command = [sys.executable, str(Path(__file__).with_name("reader.py")), str(built.home.published), str(stop)]
    readers = [
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for _ in range(READERS)
    ]
    try:
        for number in range(1, REFRESHES + 1):
            clock = f"timestamp '2027-01-01 00:00:00' + interval {number} hour"
            built.change(
                "".join(f"update marts.{mart} set as_of = {clock};" for mart in ("leads", "lead_scores", "unrelated"))
                + f"update build_log.node_results set as_of = {clock}, build_id = 'build {number}'"
            )
            refresh(built)
            time.sleep(0.3)
    finally:
        stop.touch()
        reports = [json.loads(reader.communicate(timeout=60)[0] or "null") for reader in readers]
    assert all(report is not None for report in reports)
    assert [report["errors"] for report in reports] == [[]] * READERS
    assert [report["mixed"] for report in reports] == [0] * READERS
    assert min(report["queries"] for report in reports) > 0
    assert max(report["seen"] for report in reports) > 2


def test_marts_of_several_builds_are_not_published(built: Workshop) -> None:
    # `dbt build --select lead_scores` leaves a mart that is newer than the ones beside it.
    before = refresh(built).file.read_bytes()
    built.change(
        "update build_log.node_results set build_id = 'later', build_started_at = build_started_at + interval 1 hour "
        "where unique_id like '%lead_scores%'"
    )
    with pytest.raises(Unsound, match="only a part of the marts, not leads, unrelated"):
        refresh(built)
    assert published_file(built.home).read_bytes() == before


def test_a_failed_check_leaves_the_old_copy_in_place(built: Workshop) -> None:
    before = refresh(built).file.read_bytes()
    built.change(
        "update build_log.node_results set status = 'fail', failures = 3 where unique_id like '%.unique_leads%'"
    )
    with pytest.raises(Unsound, match="check unique_leads_lead_id: fail, 3 rows"):
        refresh(built)
    assert published_file(built.home).read_bytes() == before


@pytest.mark.parametrize("moment", ["while copying", "before the swap", "between the two swaps"])
def test_a_killed_publish_leaves_the_old_copy_whole_and_the_next_one_cleans_up(built: Workshop, moment: str) -> None:
    refresh(built)
    kill = "os.kill(os.getpid(), signal.SIGKILL)"
    script = f"""
        import os, signal, sys
        from pathlib import Path
        from orchestration import publish as publishing
        from orchestration.home import Home
        import json
        home = Home(Path(sys.argv[1]))
        manifest = json.loads((home.root / "target" / "manifest.json").read_bytes())
        moment = {moment!r}
        swaps = []
        put = publishing.put_in_place
        def put_or_die(*names):
            if moment == "before the swap" or swaps:
                {kill}
            swaps.append(put(*names))
        if moment != "while copying":
            publishing.put_in_place = put_or_die
        publishing.publish(home, manifest, lambda done, total, what: moment == "while copying" and done == 2 and {kill})
    """
    run = built.python("-c", textwrap.dedent(script), str(built.home.root))
    assert run.returncode == -9, run.stderr
    with duckdb.connect(str(published_file(built.home)), read_only=True) as connection:
        assert connection.execute("select count(*) from leads").fetchall() == [(4,)]
    assert (published_parquet(built.home) / "leads.parquet").exists()

    refresh(built)
    assert list(built.home.published.glob(".*.tmp*")) == []


def test_old_parquet_versions_go_after_their_grace(built: Workshop, monkeypatch: pytest.MonkeyPatch) -> None:
    first = refresh(built).parquet.resolve()
    second = refresh(built).parquet.resolve()
    assert first.exists()
    long_ago = time.time() - publishing.GRACE_SECONDS - 1
    os.utime(first / ".replaced", (long_ago, long_ago))
    third = refresh(built).parquet.resolve()
    assert not first.exists()
    assert second.exists()
    assert third.exists()


def test_a_restored_folder_in_the_place_of_the_link_is_put_right(built: Workshop) -> None:
    link = refresh(built).parquet
    content = sorted(path.name for path in link.iterdir())
    newest = link.resolve()
    link.unlink()
    shutil.copytree(newest, link)
    published = refresh(built).parquet
    assert published.is_symlink()
    assert sorted(path.name for path in published.iterdir()) == content


def test_the_command_prints_what_it_did(built: Workshop) -> None:
    run = built.python("-m", "orchestration.publish")
    assert run.returncode == 0, run.stderr
    assert "3 marts, 9 rows in" in run.stdout
