"""The whole way round with the real job: into the CRM, out of it, graded, written back, read back."""

from __future__ import annotations

from orchestration.crm.demo import Company, run_demo
from orchestration.crm.server import Crm
from orchestration.home import Home


def test_the_crm_holds_every_grade_and_a_second_round_sends_nothing(home: Home, crm: Crm) -> None:
    crm.reset()
    company = Company(leads=60, days=30, seed=3)
    assert run_demo(home, crm, company, with_pictures=False) == 0
    odoo = crm.client()
    graded = odoo.call(
        "crm.lead", "search_count", [["x_lead_grade", "!=", False], ["x_lead_grade_reason", "!=", False]]
    )
    odoo.close()
    assert graded > 40
    written = sorted((home.root / "crm-demo" / "leadhouse" / "landing" / "sync").rglob("*.jsonl"))
    assert run_demo(home, crm, company, with_pictures=False) == 0
    assert sorted((home.root / "crm-demo" / "leadhouse" / "landing" / "sync").rglob("*.jsonl")) == written
