"""Where this process works: the state folder, and in it Dagster's own with the settings that its daemon goes by."""

from __future__ import annotations

import json
import os
from pathlib import Path

from orchestration.files import write_whole
from orchestration.home import CHECKOUT, Home

# Two runs: one of the schedules, and one at once, which does not wait until the CRM was read. They take turns.
SETTINGS = """\
# Written by Leadhouse (orchestration/instance.py) at every start.
telemetry:
  enabled: false
nux:
  enabled: false
freshness:
  enabled: true
event_log_storage:
  module: orchestration.event_log
  class: EventLog
  config:
    base_dir: {base_dir}
concurrency:
  runs:
    max_concurrent_runs: 2
run_monitoring:
  enabled: true
  start_timeout_seconds: 300
retention:
  schedule:
    purge_after_days: 90
  sensor:
    purge_after_days: {{skipped: 3, failure: 30, success: 90}}
"""


# The console of a run in this process is kept for our own progress.
QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
# The sensor `new_events` runs a whole job; were it cut off before its end, its cursor would stand still.
SENSOR_SECONDS = "3600"


def home_of_this_process() -> Home:
    """The state folder; from here on the same for every process that this one starts, wherever that runs."""
    home = Home.from_environment()
    os.environ["LEADHOUSE_HOME"] = str(home.root)
    home.root.mkdir(parents=True, exist_ok=True)
    return home


def dagster_home(home: Home) -> Path:
    """Make Dagster's folder, write its settings, and name it to Dagster and all processes that it starts."""
    settings = home.dagster / "dagster.yaml"
    content = SETTINGS.format(base_dir=json.dumps(str(home.dagster / "history" / "runs")))
    if not settings.exists() or settings.read_text() != content:
        write_whole(settings, content)
    os.environ["DAGSTER_HOME"] = str(home.dagster)
    os.environ["DAGSTER_DISABLE_TELEMETRY"] = "yes"
    os.environ.setdefault("DAGSTER_SENSOR_GRPC_TIMEOUT_SECONDS", SENSOR_SECONDS)
    # Dagster's own processes load our event log by name.
    paths = [str(CHECKOUT), *filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))]
    os.environ["PYTHONPATH"] = os.pathsep.join(dict.fromkeys(paths))
    return home.dagster
