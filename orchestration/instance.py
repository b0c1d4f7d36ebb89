"""Where this process works: the state folder, and in it Dagster's own with the settings that its daemon goes by."""

from __future__ import annotations

import os
from pathlib import Path

from orchestration.files import write_whole
from orchestration.home import Home

# Pools hold at the grain of runs: an hourly run waits until the nightly run before it has ended, and neither is lost.
SETTINGS = """\
# Written by Leadhouse (orchestration/instance.py) at every start.
telemetry:
  enabled: false
freshness:
  enabled: true
concurrency:
  runs:
    max_concurrent_runs: 4
  pools:
    default_limit: 1
    granularity: run
run_monitoring:
  enabled: true
  start_timeout_seconds: 300
retention:
  schedule:
    purge_after_days: 90
  sensor:
    purge_after_days: {skipped: 3, failure: 30, success: 90}
"""


def home_of_this_process() -> Home:
    """The state folder; from here on the same for every process that this one starts, wherever that runs."""
    home = Home.from_environment()
    os.environ["LEADHOUSE_HOME"] = str(home.root)
    home.root.mkdir(parents=True, exist_ok=True)
    return home


def dagster_home(home: Home) -> Path:
    """Make Dagster's folder, write its settings, and name it to Dagster and all processes that it starts."""
    if not (settings := home.dagster / "dagster.yaml").exists() or settings.read_text() != SETTINGS:
        write_whole(settings, SETTINGS)
    os.environ["DAGSTER_HOME"] = str(home.dagster)
    os.environ.setdefault("DAGSTER_DISABLE_TELEMETRY", "yes")
    return home.dagster
