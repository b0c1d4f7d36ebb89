"""``python -m benchmarks.hot_spots``: what uneven data costs, against even data of the same number of events.

Each data set is simulated and landed once. Then all are built from nothing, one after the other, as often as asked for,
so that whatever else the machine does meets all of them. What was built is held against the simulation's truth.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import duckdb

from orchestration.files import write_whole
from orchestration.home import CHECKOUT, DBT_PROJECT, Home
from orchestration.landing import register
from orchestration.project import OUR_DBT
from simulation.cli import simulate
from simulation.settings import FileFormats, HotSpot, Settings

AS_OF = "2026-10-01T00:00:00Z"
RESULTS = Path(__file__).parent / "results"
EVEN = "even"
CHECKED_WITHIN = "8GB"

# Verdicts on events, and on whose a device was at the time, against the truth. `hot` marks what the hot spot is about.
JUDGED = """
create temp table truth as select distinct source, event_id, is_bot from '{truth}/events.parquet';

create temp table activities as
select
    judged.*,
    truth.is_bot as is_truly_bot,
    coalesce({hot}, false) as is_hot
from intermediate.int_activities as judged
inner join truth on judged.activity_id = truth.source || ':' || truth.event_id;

create temp table people as
select identities.lead_id, min(truth.person_id) as person_id
from '{truth}/people.parquet' as truth
inner join intermediate.int_identities as identities
    on identities.identifier_type = truth.record_type and identities.identifier = truth.record_id
group by identities.lead_id;

create temp table visits as
select activities.is_hot, people.person_id as said_person, devices.person_id as true_person
from activities
asof inner join (
    select anonymous_id, person_id, coalesce("from", timestamp '1900-01-01') as held_from, "to"
    from '{truth}/devices.parquet'
) as devices
    on activities.identifier = devices.anonymous_id and activities.occurred_at >= devices.held_from
left join people on activities.lead_id = people.lead_id
where
    activities.channel = 'web'
    and not activities.is_truly_bot
    and (devices."to" is null or activities.occurred_at < devices."to")
    and activities.identifier in (select anonymous_id from intermediate.int_visitor_identities);
"""
BUSIEST = """
(select {column} from intermediate.int_activities where channel = '{channel}' group by 1 order by count(*) desc limit 1)
"""
# The account is known by its domain, the device and the robot's mail by being the busiest, the day likewise.
HOT: dict[str, str] = {
    EVEN: "false",
    HotSpot.account: "split_part(judged.identifier, '@', 2) = (select split_part("
    + BUSIEST.format(column="identifier", channel="email")
    + ", '@', 2))",
    HotSpot.device: "judged.identifier = " + BUSIEST.format(column="identifier", channel="web"),
    HotSpot.bot: "judged.event_id in (select event_id from staging.stg_email__events where ip = '198.20.0.1')",
    HotSpot.day: "cast(judged.occurred_at as date) = (select cast(occurred_at as date) from"
    " intermediate.int_activities group by 1 order by count(*) desc limit 1)",
}
FIGURES = {
    "events": "select count(*) from activities",
    "hot events": "select count(*) from activities where is_hot",
    "events lost": "select (select count(*) from truth) - (select count(*) from activities)",
    "counted too often": "select (select sum(activity_count) from intermediate.lead_activity_daily)"
    " - (select count(*) from activities where lead_id is not null and is_engagement and not is_bot)",
    "robots: precision": "select avg(is_truly_bot::int) from activities where is_bot",
    "robots: recall": "select avg(is_bot::int) from activities where is_truly_bot",
    "robots' hot events counted": "select count(*) from activities where is_hot and is_truly_bot and not is_bot",
    "devices: precision": "select avg((said_person = true_person)::int) from visits where said_person is not null",
    "devices: recall": "select avg(coalesce(said_person = true_person, false)::int) from visits"
    " where true_person is not null",
    "hot events without a lead": "select count(*) from activities where is_hot and lead_id is null and not is_bot",
    "hot leads": "select count(distinct lead_id) from activities where is_hot",
    "hot device: precision": "select avg((said_person = true_person)::int) from visits"
    " where is_hot and said_person is not null",
}


@dataclass
class Measured:
    """One data set: how long each build took, in seconds, and what was found in it (name to number)."""

    seconds: list[float] = field(default_factory=list)
    found: dict[str, float | None] = field(default_factory=dict)


def measure(settings: Settings, folder: Path, rounds: int, names: Sequence[str]) -> dict[str, Measured]:
    """Simulate and land each data set, build all of them in turns, check what was built.

    Args:
        settings: the even data set.
        folder: gets one state folder a data set; they must not exist yet.
        rounds: builds of each data set.
        names: hot spots; the even data set comes first by itself.

    Raises:
        subprocess.CalledProcessError: when a step fails; its output has been printed.
    """
    measured = {name: Measured() for name in (EVEN, *names)}
    for name in measured:
        simulate(replace(settings, hot_spot=None if name == EVEN else HotSpot(name)), folder / name, is_quiet=True)
        register(Home(folder / name))
    for _ in range(rounds):
        for name, figures in measured.items():
            figures.seconds.append(_build(folder / name))
            print(f"{name:<8} {figures.seconds[-1]:8.1f} s", file=sys.stderr, flush=True)
    for name, figures in measured.items():
        figures.found = check(folder / name, name)
    return measured


def check(folder: Path, name: str) -> dict[str, float | None]:
    """What a built warehouse says, against the simulation's truth beside it."""
    warehouse = str(Home(folder).warehouse)
    with duckdb.connect(warehouse, read_only=True, config={"memory_limit": CHECKED_WITHIN}) as connection:
        # JUDGED makes temporary tables, which a warehouse that is only read may have.
        connection.execute(JUDGED.format(truth=folder / "truth", hot=HOT[name]))
        values = {label: connection.execute(query).fetchall()[0][0] for label, query in FIGURES.items()}
    return {label: None if value is None else float(value) for label, value in values.items()}


def _build(folder: Path) -> float:
    home = Home(folder)
    home.warehouse.unlink(missing_ok=True)
    dbt = [*OUR_DBT, "--quiet", "build", "--exclude-resource-type", "unit_test"]
    dbt += ["--project-dir", str(DBT_PROJECT), "--profiles-dir", str(DBT_PROJECT)]
    dbt += ["--target-path", str(folder.parent / "target"), "--log-path", str(folder.parent / "target")]
    given = {"LEADHOUSE_HOME": str(folder), "LEADHOUSE_AS_OF": AS_OF, "DBT_SEND_ANONYMOUS_USAGE_STATS": "false"}
    start = time.perf_counter()
    subprocess.run(dbt, cwd=CHECKOUT, env={**os.environ, **given}, check=True)
    return time.perf_counter() - start


def ratios(measured: dict[str, Measured], name: str) -> list[float]:
    """Build time of a data set over that of the even one, round by round."""
    return [hot / even for hot, even in zip(measured[name].seconds, measured[EVEN].seconds, strict=True)]


def table(measured: dict[str, Measured]) -> str:
    """Times, ratios and findings as text, one row a data set."""
    lines = [f"{'data set':<10}{'median s':>10}{'over even':>11}{'spread':>14}"]
    for name, figures in measured.items():
        each = ratios(measured, name)
        spread = f"{min(each):.2f}-{max(each):.2f}"
        lines.append(
            f"{name:<10}{statistics.median(figures.seconds):>10.1f}{statistics.median(each):>11.2f}{spread:>14}"
        )
    lines += ["", f"{'':<28}" + "".join(f"{name:>14}" for name in measured)]
    for label in FIGURES:
        cells = [figures.found[label] for figures in measured.values()]
        lines.append(f"{label:<28}" + "".join(f"{'-' if cell is None else f'{cell:,.6g}':>14}" for cell in cells))
    return "\n".join(lines)


def main() -> None:
    """Measure, print the tables, keep the figures."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.hot_spots", description=__doc__)
    parser.add_argument("--leads", type=int, default=100_000, help="lead records; about 100 events each")
    parser.add_argument("--days", type=int, default=180, help="length of the simulated history")
    parser.add_argument("--rounds", type=int, default=3, help="builds of each data set")
    parser.add_argument("--only", nargs="+", choices=[each.value for each in HotSpot], help="hot spots (default: all)")
    parser.add_argument("--keep", type=Path, help="new folder for the files (default: a temporary one)")
    options = parser.parse_args()
    settings = Settings(leads=options.leads, days=options.days, seed=1, has_dirt=False, formats=FileFormats.parquet)
    with tempfile.TemporaryDirectory() as temporary:
        names = options.only or [each.value for each in HotSpot]
        measured = measure(settings, options.keep or Path(temporary), options.rounds, names)
    print(table(measured))
    kept = {
        name: {"seconds": figures.seconds, "over_even": ratios(measured, name), "found": figures.found}
        for name, figures in measured.items()
    }
    results = RESULTS / f"hot_spots_{options.leads}_leads.json"
    write_whole(results, json.dumps({"leads": options.leads, "hot_spots": kept}, indent=2) + "\n")
    print(f"kept in {results}")


if __name__ == "__main__":
    main()
