"""When the jobs run: nightly with the sync, hourly without it, in the time zone of the business; events at once."""

from __future__ import annotations

import os
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import dagster as dg

from orchestration.warehouse import SENT_ASSETS

NIGHTLY_CRON = "15 2 * * *"
# Not in the hour of the nightly run, which refreshes too.
HOURLY_CRON = "0 0-1,3-23 * * *"

nightly = dg.define_asset_job(
    "nightly",
    selection=dg.AssetSelection.all(),
    description="Take in what has arrived, build and check the warehouse, publish the marts, send grades and lists.",
)
hourly = dg.define_asset_job(
    "hourly",
    selection=dg.AssetSelection.all() - dg.AssetSelection.groups("crm", "lists"),
    description="The same without sending anything.",
)
sync = dg.define_asset_job(
    "sync",
    selection=dg.AssetSelection.groups("crm"),
    description="Only send what differs; refuses when the last build is not sound.",
)
at_once = dg.define_asset_job(
    "at_once",
    # Policy that was changed is taken up by the hourly run: it may mean another grade for everybody.
    selection=(dg.AssetSelection.assets(*SENT_ASSETS).upstream() - dg.AssetSelection.groups("seeds"))
    | dg.AssetSelection.groups("landing", "crm"),
    config={"ops": {"landing": {"config": {"from_crm": False}}}},
    description="Take in the events that have just arrived, build only what is sent, and send it.",
)
JOBS = [nightly, hourly, sync, at_once]


def time_zone() -> str:
    """The time zone of the schedules: LEADHOUSE_TIME_ZONE, else UTC.

    Raises:
        ValueError: when there is no such time zone.
    """
    name = os.environ.get("LEADHOUSE_TIME_ZONE", "").strip() or "UTC"
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        raise ValueError(f"LEADHOUSE_TIME_ZONE is {name!r}: give a name such as Europe/Paris or UTC") from None
    return name


def schedules() -> list[dg.ScheduleDefinition]:
    """Both schedules, on by default."""
    running = dg.DefaultScheduleStatus.RUNNING
    zone = time_zone()
    return [
        dg.ScheduleDefinition(
            name="every_night", job=nightly, cron_schedule=NIGHTLY_CRON, execution_timezone=zone, default_status=running
        ),
        dg.ScheduleDefinition(
            name="every_hour", job=hourly, cron_schedule=HOURLY_CRON, execution_timezone=zone, default_status=running
        ),
    ]
