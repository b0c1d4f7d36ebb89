"""Leads for the tests, and what the sync would write to them."""

from __future__ import annotations

from collections.abc import Sequence

from orchestration.odoo import Odoo
from orchestration.reverse_sync.protocol import Change

FIELDS = {"x_lead_grade": "text", "x_lead_score": "number", "x_lead_grade_reason": "text"}


def create_leads(odoo: Odoo, count: int, prefix: str = "lead") -> list[int]:
    rows = [[f"{prefix} {number}", f"{prefix.replace(' ', '.')}.{number}@example.com"] for number in range(count)]
    found = odoo.call("crm.lead", "load", ["name", "email_from"], rows, context={"tracking_disable": True})
    assert found["ids"], found["messages"]
    return list(found["ids"])


def grade(record: int, score: float = 87.0, **values: str | float | None) -> Change:
    """A change of one lead: grade and reason follow from the score, unless they are given."""
    made: dict[str, str | float | None] = {
        "x_lead_grade": f"{'DCBA'[min(int(score) // 25, 3)]}{1 + int(score) % 4}",
        "x_lead_score": score,
        "x_lead_grade_reason": f"Director who asked for a démo → score {score:.0f}; it said \"now\" & 'soon' <b>",
    }
    return Change(f"person-{record}", "lead", str(record), made | values)


def write_dates(odoo: Odoo, ids: Sequence[int]) -> dict[int, str]:
    return {record: row["write_date"] for record, row in odoo.read("crm.lead", ids, ["write_date"]).items()}
