"""Extraction from every source system that the environment names, before a run takes its turn."""

from __future__ import annotations

import os
from collections.abc import Callable

from orchestration.extract.odoo import extract, hand_over
from orchestration.home import Home
from orchestration.locks import Busy
from orchestration.odoo import VARIABLES, Odoo


def extract_configured(home: Home, say: Callable[[str], None]) -> None:
    """Read what changed in Odoo, if ``LEADHOUSE_ODOO_URL`` names one; without it, files arrive by other ways.

    Landing sees none of it before `hand_over_extracted`: a run at once that comes first has nothing to do with it.

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


def hand_over_extracted(home: Home, say: Callable[[str], None]) -> None:
    """Let landing see what was extracted; what somebody is still reading comes with the next run."""
    try:
        hand_over(home)
    except Busy as busy:
        say(f"left for the next run: {busy}")
