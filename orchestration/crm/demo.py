"""The whole way round: simulated leads in a real CRM, extracted, graded, written back, read back, photographed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from orchestration.crm.errors import CrmError, NotAvailableHereError
from orchestration.crm.fill import newest_leads, put_leads, take_events
from orchestration.crm.picture import browser, log_in
from orchestration.crm.server import Crm
from orchestration.crm.views import BEST_FIRST, form_address, list_address, show_grades
from orchestration.home import CHECKOUT, Home
from orchestration.odoo import Odoo
from orchestration.progress import Progress
from orchestration.reverse_sync.odoo import OdooDestination
from orchestration.reverse_sync.protocol import Change

WANTED_VALUES = "select object, record_id, lead_id, field, new_value, value_type from sync.sync_crm__wanted_values"


@dataclass(frozen=True)
class Company:
    """What to simulate: how many leads, how many days of history, from which seed number."""

    leads: int
    days: int
    seed: int


def run_demo(home: Home, crm: Crm, company: Company, with_pictures: bool) -> int:
    """Run the demonstration and say what came of it; a second one on the same home finds nothing to send.

    Args:
        home: its CRM is used; the rest is under ``crm-demo/`` there.
        crm: the CRM to fill.
        company: whom to simulate, if this was not done before.
        with_pictures: whether to take pictures of Odoo's pages.

    Returns:
        exit code: 0 when Odoo holds every grade that the warehouse wants it to hold.
    """
    folder = home.root / "crm-demo"
    simulated, graded = Home(folder / "simulated"), Home(folder / "leadhouse")
    began = time.monotonic()
    crm.up()
    _simulate(company, simulated)
    odoo = crm.client()
    try:
        put_leads(odoo, newest_leads(simulated), Progress("into crm").show)
        take_events(simulated, graded)
        _run_job(graded, crm)
        differences, records = _compare(graded, odoo)
        if with_pictures:
            _take_pictures(crm, odoo, folder)
    finally:
        odoo.close()
    print(f"read back {records:,} records: {records - len(differences):,} hold every value that the warehouse wants")
    for line in differences[:10]:
        print(f"  {line}")
    print(f"the demonstration took {time.monotonic() - began:.0f} s; look at {crm.url}")
    return 1 if differences else 0


def _simulate(company: Company, simulated: Home) -> None:
    if (simulated.root / "truth").exists():
        print(f"the company in {simulated.root} is there already", flush=True)
        return
    now = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    size = ["--leads", str(company.leads), "--days", str(company.days), "--seed", str(company.seed)]
    # the rows of broken files would be leads that no CRM holds
    clean = ["--dirt", "off", "--end", now.isoformat(), "--out", str(simulated.root), "--force"]
    _run(["-m", "simulation", *size, *clean], {})


def _run_job(graded: Home, crm: Crm) -> None:
    _run(
        ["-m", "orchestration.run"],
        {**crm.settings, "LEADHOUSE_HOME": str(graded.root), "LEADHOUSE_DESTINATION": "odoo"},
    )


def _run(arguments: list[str], more: dict[str, str]) -> None:
    environment = {name: value for name, value in os.environ.items() if name != "LEADHOUSE_AS_OF"} | more
    done = subprocess.run([sys.executable, *arguments], cwd=CHECKOUT, env=environment, check=False)
    if done.returncode != 0:
        raise CrmError(f"python {' '.join(arguments[:2])} failed (exit code {done.returncode}); see above")


def _compare(graded: Home, odoo: Odoo) -> tuple[list[str], int]:
    """Read every record back and name the values that are not what the warehouse wants them to be."""
    with duckdb.connect(str(graded.warehouse), read_only=True) as connection:
        rows = connection.execute(WANTED_VALUES).fetchall()
    wanted: dict[tuple[str, str], dict[str, str | float | None]] = {}
    for kind, record_id, _, field, value, value_type in rows:
        is_number = value_type == "number" and value is not None
        wanted.setdefault((kind, record_id), {})[field] = float(value) if is_number else value
    changes = [Change("", kind, record_id, values) for (kind, record_id), values in wanted.items()]
    held = OdooDestination(odoo).read(changes)
    return [
        f"{kind} {record_id}: {field} is {json.dumps(found.get(field))}, wanted {json.dumps(value)}"
        for (kind, record_id), values in wanted.items()
        for found in [held.get((kind, record_id), {})]
        for field, value in values.items()
        if found.get(field) != value
    ], len(changes)


def _take_pictures(crm: Crm, odoo: Odoo, folder: Path) -> None:
    show_grades(odoo)
    url = str(crm.url)
    (best,) = odoo.call("crm.lead", "search", [["type", "=", "lead"]], order=BEST_FIRST, limit=1)
    try:
        with browser(url, log_in(crm.settings)) as page:
            page.take(url + list_address(odoo), ".o_list_view tr.o_data_row", folder / "leads.png")
            page.take(url + form_address(odoo, best), ".o_form_view .o_form_sheet", folder / "lead.png")
    except NotAvailableHereError as problem:
        print(f"no pictures: {problem}", file=sys.stderr)
        return
    print(f"pictures: {folder / 'leads.png'} and {folder / 'lead.png'}")
