"""Extraction from every source system that the environment names, as the first step of a run."""

from __future__ import annotations

import os
from collections.abc import Callable

from orchestration.extract.odoo import extract
from orchestration.home import Home
from orchestration.odoo import VARIABLES, Odoo


def extract_configured(home: Home, say: Callable[[str], None]) -> None:
    """Land what changed in Odoo, if ``LEADHOUSE_ODOO_URL`` names one; without it, files arrive by other ways.

    Raises:
        OdooError: when Odoo is named and does not answer or refuses.
    """
    if not os.environ.get(VARIABLES[0], "").strip():
        return
    odoo = Odoo.from_environment()
    try:
        for report in extract(home, odoo):
            say(f"extracted crm.{report.table}: {report.changed:,} new or changed, {report.deleted:,} gone")
    finally:
        odoo.close()
