"""Leadhouse as Dagster sees it. This file only gathers."""

import dagster as dg

from orchestration.assets import contact_lists, crm_grades, landing, published_marts
from orchestration.at_once import new_events
from orchestration.resources import resources
from orchestration.schedules import JOBS, schedules
from orchestration.sensors import failure_notice
from orchestration.warehouse import warehouse

defs = dg.Definitions(
    assets=[landing, warehouse, published_marts, crm_grades, contact_lists],
    jobs=JOBS,
    schedules=schedules(),
    sensors=[failure_notice, new_events],
    resources=resources(),
    # A process a step would start Python and load the project again for each of the five.
    executor=dg.in_process_executor,
)
