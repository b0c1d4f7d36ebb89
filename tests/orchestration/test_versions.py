"""Nothing is built or checked again that would come out the same, and nothing else is left alone."""

from __future__ import annotations

import json
from typing import Any

from tests.orchestration.workshop import Workshop

EVERYTHING = {
    "base_sync__outcomes",
    "contact_lists",
    "graded_people",
    "lead_scores",
    "leads",
    "stg_people",
    "sync_crm__lead_grades",
    "sync_crm__wanted_values",
    "sync_crm__withheld",
    "sync_error_codes",
    "sync_lists__due_steps",
    "sync_policies",
    "unrelated",
}


def built_again(workshop: Workshop, *arguments: str, **variables: str) -> set[str]:
    """Build, and say which models and seeds were not left alone."""
    done = workshop.dbt("build", *arguments, **variables)
    assert done.returncode == 0, done.stdout
    results: list[dict[str, Any]] = json.loads((workshop.home.root / "target" / "run_results.json").read_bytes())[
        "results"
    ]
    return {
        result["unique_id"].split(".")[2]
        for result in results
        if result["unique_id"].startswith(("model.", "seed.")) and result["message"] != "unchanged"
    }


CLOCK = {"LEADHOUSE_AS_OF": "2026-10-01T00:00:00Z"}


def test_what_is_unchanged_is_left_alone_and_what_is_not_is_built(own: Workshop) -> None:
    built_again(own, **CLOCK)
    before = own.query("select * from marts.lead_scores order by all")
    assert built_again(own, **CLOCK) == set()
    assert built_again(own, "--full-refresh", **CLOCK) == EVERYTHING

    seed = own.project / "seeds" / "graded_people.csv"
    header, first, *others = seed.read_text().splitlines()
    seed.write_text("\n".join([header, first, *reversed(others)]) + "\n")
    again = built_again(own, **CLOCK)
    assert {"graded_people", "stg_people", "leads"} <= again
    assert not {"unrelated", "base_sync__outcomes"} & again

    model = own.project / "models" / "marts" / "leads.sql"
    model.write_text(model.read_text() + "\n-- the same, in other words\n")
    assert "leads" in built_again(own, **CLOCK)
    assert own.query("select * from marts.lead_scores order by all") == before


def test_a_table_that_is_gone_is_built_and_an_empty_build_does_not_pass_for_one(built: Workshop) -> None:
    built_again(built, **CLOCK)
    before = built.query("select * from marts.leads order by all")
    built.change("drop table marts.leads cascade")
    assert "leads" in built_again(built, **CLOCK)
    assert built.query("select * from marts.leads order by all") == before

    assert built.dbt("run", "--empty", **CLOCK).returncode == 0
    assert built.query("select * from marts.leads") == []
    built_again(built, **CLOCK)
    assert built.query("select * from marts.leads order by all") == before
