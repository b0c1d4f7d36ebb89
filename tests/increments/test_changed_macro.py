"""A changed macro is a changed model: what grew with the old one is built whole."""

from __future__ import annotations

from pathlib import Path

from tests.increments.nights import Nights

# A model's own macro of the event path, and one that a macro of a macro of the CRM's models calls.
QUANTITY = ("macros/measured_events.sql", "measured_quantity is null then 1", "measured_quantity is null then 2")
LOWER_CASE = (
    "macros/dialect/texts.sql",
    "duckdb__lower_case(expression) -%} lower(",
    "duckdb__lower_case(expression) -%} upper(",
)
# No model of the build calls it.
UNUSED = ("macros/wilson.sql", " / 2 ", " / 3 ")
GROWN = "lead_activity_daily", "base_crm__leads"


def _change(nights: Nights, file: str, words: str, others: str) -> None:
    path = nights.project / file
    text = path.read_text(encoding="utf-8")
    assert words in text
    path.write_text(text.replace(words, others), encoding="utf-8")


def _policies(nights: Nights) -> list[str]:
    listed = nights.home.query(
        "select distinct split_part(unique_id, '.', 3) as name, policy from build_log.versions where policy <> ''"
    )
    return [row["policy"] for row in listed if row["name"] in GROWN]


def _made(nights: Nights) -> list[list[dict[str, object]]]:
    tables = ("intermediate.lead_activity_daily", "staging.base_crm__leads")
    return [nights.home.query(f"select * from {table} order by all") for table in tables]


def test_a_changed_macro_is_seen(tmp_path: Path) -> None:
    nights = Nights(tmp_path)
    nights.pass_one("ann", "bob")
    nights.pass_one("ann")
    _change(nights, *UNUSED)
    nights.build()
    assert len(_policies(nights)) == len(GROWN)

    _change(nights, *QUANTITY)
    nights.build()
    assert {day["quantity"] for day in _made(nights)[0]} == {2}

    _change(nights, *LOWER_CASE)
    nights.build()
    assert {lead["email"] for lead in _made(nights)[1]} == {"ANN@ACME.EXAMPLE", "BOB@ACME.EXAMPLE"}

    made = _made(nights)
    nights.build("--full-refresh")
    assert _made(nights) == made
