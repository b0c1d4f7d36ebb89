"""Puts simulated leads into the CRM through its own API, and hands the events of the same people to landing."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb

from orchestration.crm.errors import CrmError
from orchestration.home import Home
from orchestration.landing import register
from orchestration.odoo import CUSTOM_PREFIX, Odoo

MODEL = "crm.lead"
PAGE = 250
MODULE = "leadhouse"
"""What Odoo's external ids of our leads begin with."""
CUSTOM_FIELDS = {
    "primary_need": "char",
    "industry": "char",
    "region": "char",
    "annual_revenue": "float",
    "employee_count": "integer",
}
"""Facts that the raw contract knows and Odoo has no field for; Odoo's type of each."""
EVENT_SOURCES = ("email", "web", "messaging")
NEWEST_LEADS = """
    with versions as (
        select * from read_parquet($files, union_by_name = true)
    ),
    newest as (
        select * from versions
        where lead_id is not null
        qualify row_number() over (partition by lead_id order by try_cast(updated_at as timestamp) desc nulls last) = 1
    )
    select
        lead_id,
        first_name, last_name, email, phone, company, website, title, lead_source,
        upper(country) as country,
        coalesce(try_cast(is_opted_out as boolean), false) as is_opted_out,
        json_extract_string(extra_columns, '$.primary_need') as primary_need,
        industry, region,
        try_cast(annual_revenue as double) as annual_revenue,
        try_cast(employee_count as bigint) as employee_count
    from newest
    where not coalesce(try_cast(is_deleted as boolean), false) and master_record_id is null
    order by lead_id
"""


def newest_leads(simulated: Home) -> list[dict[str, Any]]:
    """The last version of each lead of a simulated company, without those that are deleted or merged away.

    Args:
        simulated: the home that the simulation wrote its landing files to.
    """
    register(simulated)
    files = [str(path) for path in sorted((simulated.raw / "crm" / "leads").rglob("*.parquet"))]
    with duckdb.connect() as connection:
        found = connection.execute(NEWEST_LEADS, {"files": files})
        names = [column[0] for column in found.description or []]
        return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def put_leads(odoo: Odoo, leads: list[dict[str, Any]], on_progress: Callable[[int, int], None]) -> int:
    """Create the leads that are not in Odoo yet. Each has its simulated id as Odoo's external id.

    Returns:
        how many were created.

    Raises:
        CrmError: when Odoo refuses one of them; a page is taken whole or not at all.
    """
    domain = [["module", "=", MODULE], ["model", "=", MODEL]]
    known = {entry["name"] for entry in odoo.call("ir.model.data", "search_read", domain, ["name"])}
    leads = [lead for lead in leads if lead["lead_id"] not in known]
    existing = odoo.fields(MODEL)
    for name, kind in CUSTOM_FIELDS.items():
        if CUSTOM_PREFIX + name not in existing:
            odoo.create_field(MODEL, CUSTOM_PREFIX + name, kind)
    countries = {country["code"]: country["id"] for country in odoo.call("res.country", "search_read", [], ["code"])}
    sources = _sources(odoo, {lead["lead_source"] for lead in leads if lead["lead_source"]})
    for start in range(0, len(leads), PAGE):
        records = [_record(lead, countries, sources) for lead in leads[start : start + PAGE]]
        names = list(records[0])
        rows = [[record[name] for name in names] for record in records]
        answer = odoo.call(MODEL, "load", names, rows, context={"tracking_disable": True})
        if not answer["ids"]:
            faults = sorted(
                {f"field {fault.get('field')}, record {fault.get('record')}" for fault in answer["messages"]}
            )
            raise CrmError(f"Odoo refused simulated leads {start} to {start + len(records)}: {'; '.join(faults[:5])}")
        on_progress(min(start + PAGE, len(leads)), len(leads))
    return len(leads)


def take_events(simulated: Home, home: Home) -> int:
    """Copy the simulated event files into the landing of a home, those that are not there yet; gives their number."""
    copied = 0
    for source in EVENT_SOURCES:
        for path in sorted(path for path in (simulated.landing / source).rglob("*") if path.is_file()):
            target = home.landing / path.relative_to(simulated.landing)
            if not target.exists():
                _copy_whole(path, target)
                copied += 1
    return copied


def _copy_whole(path: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    unfinished = target.with_name(f".{target.name}.tmp")
    shutil.copyfile(path, unfinished)
    unfinished.replace(target)


def _sources(odoo: Odoo, names: set[str]) -> dict[str, int]:
    found = {source["name"]: source["id"] for source in odoo.call("utm.source", "search_read", [], ["name"])}
    return found | {name: odoo.call("utm.source", "create", {"name": name}) for name in sorted(names - set(found))}


def _record(lead: dict[str, Any], countries: dict[str, int], sources: dict[str, int]) -> dict[str, Any]:
    """The columns of Odoo's import. Text columns want text, and an empty text is no value."""
    person = " ".join(part for part in (lead["first_name"], lead["last_name"]) if part)
    record = {
        "id": f"{MODULE}.{lead['lead_id']}",
        "type": "Lead",
        "name": lead["company"] or person or lead["email"] or "Unknown",
        "contact_name": person,
        "partner_name": lead["company"],
        "email_from": lead["email"],
        "phone": lead["phone"],
        "website": lead["website"],
        "function": lead["title"],
        "opt_out": "1" if lead["is_opted_out"] else "0",
        "country_id/.id": countries.get(lead["country"] or ""),
        "source_id/.id": sources.get(lead["lead_source"] or ""),
    }
    record |= {CUSTOM_PREFIX + name: lead[name] for name in CUSTOM_FIELDS}
    return {name: "" if value is None else str(value) for name, value in record.items()}
