"""The CRM's tables: one full extract, then each day what changed."""

from __future__ import annotations

from collections.abc import Callable

from simulation.delivery import Deliverer
from simulation.periods import periods_by_extract

KEYS = {
    "users": "user_id",
    "leads": "lead_id",
    "contacts": "contact_id",
    "accounts": "account_id",
    "opportunities": "opportunity_id, stage",
    "opportunity_contacts": "opportunity_id, contact_id",
    "opportunity_history": "opportunity_id, stage",
    "lead_history": "lead_id, field, new_value",
    "tasks": "task_id",
    "campaign_members": "campaign_id, lead_id, contact_id, responded_at",
    "lead_attributes": "lead_id, attribute",
}


def deliver_crm(deliverer: Deliverer, report: Callable[[str], None]) -> None:
    """Write the extracts of all CRM tables that fall into the periods asked for."""
    engine, settings = deliverer.engine, deliverer.settings
    engine.run("told_facts")
    engine.run("crm")
    for table, key in KEYS.items():
        engine.run("extraction", table=f"crm_{table}", key=key)
        for period in periods_by_extract(settings.first_delivery, settings.last_delivery):
            deliverer.deliver("crm", table, f"crm_{table}_extracts", f"loaded_at, {key}, known_at, is_repeat", period)
        engine.connection.execute(f"drop table crm_{table}_extracts")
    report(f"CRM to {settings.last_delivery}: {deliverer.rows:,} rows delivered")
