"""Events of all channels, made batch by batch so that memory stays bounded, and delivered period by period."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path

from simulation.delivery import Deliverer
from simulation.engine import Engine
from simulation.files import write_query
from simulation.periods import Period, periods_by_month
from simulation.settings import HotSpot, Settings

SOURCES = ("email", "web", "messaging")
# What is made uneven, by source, once it is known when each event is delivered: no file gets more rows or fewer.
HOT_SPOTS = {
    HotSpot.account: {"email": "hot_account_email", "web": "hot_account_web"},
    HotSpot.device: {"web": "hot_device_web"},
    HotSpot.bot: {"email": "hot_bot_email"},
    HotSpot.day: {"email": "hot_day", "web": "hot_day"},
}
NAMES_SOMEBODY = {"email": "false", "web": "(email is not null or user_id is not null)"}
MOST_EVENTS_IN_A_BATCH = 3_000_000  # about 4 GB of memory
LONGEST_WAY_DAYS = 9  # a mail may be read after 4 days, the event come 3 days late and be repeated a day later


def deliver_events(deliverer: Deliverer, truth_parts: Path, report: Callable[[str], None]) -> None:
    """Write all event files of the periods asked for, and the truth about each event to `truth_parts`."""
    engine, settings = deliverer.engine, deliverer.settings
    most_days = max(1, int(MOST_EVENTS_IN_A_BATCH / settings.events_per_day))
    periods = periods_by_month(settings.first_delivery, settings.last_delivery, most_days)
    made_until = settings.first_delivery - timedelta(days=LONGEST_WAY_DAYS)
    for number, batch in enumerate(_batches(settings, periods)):
        _make(engine, settings, made_until, batch[-1].last)
        made_until = batch[-1].last + timedelta(days=1)
        for period in batch:
            for source in SOURCES:
                deliverer.deliver(source, "events", f"{source}_waiting", "loaded_at, event_key, is_repeat", period)
        _tell_truth(engine, batch, truth_parts / f"{number:04}.parquet")
        for source in SOURCES:
            engine.connection.execute(
                f"delete from {source}_waiting where delivered_on <= $last", {"last": batch[-1].last}
            )
        report(f"events to {batch[-1].last}: {deliverer.rows:,} rows delivered")


def _batches(settings: Settings, periods: list[Period]) -> Iterator[list[Period]]:
    """Periods in a row whose events fit into memory together."""
    batch: list[Period] = []
    for period in periods:
        if batch and sum(each.days for each in [*batch, period]) * settings.events_per_day > MOST_EVENTS_IN_A_BATCH:
            yield batch
            batch = []
        batch.append(period)
    yield batch


def _make(engine: Engine, settings: Settings, first: date, last: date) -> None:
    """Make what is caused from `first` to `last` and add it to what waits for its delivery."""
    origin = settings.start.date()
    engine.set_variable("batch_from", max(0, (first - origin).days))
    engine.set_variable("batch_to", min(settings.days, (last - origin).days + 1))
    for source, scripts in {
        "email": ["email_events"],
        "web": ["robot_visits", "web_events"],
        "messaging": ["messaging_events"],
    }.items():
        for script in scripts:
            engine.run(script)
        engine.run("delivery", table=f"{source}_events")
        if settings.hot_spot and source in HOT_SPOTS[settings.hot_spot]:
            engine.run(HOT_SPOTS[settings.hot_spot][source], table=source, names=NAMES_SOMEBODY[source])
        engine.connection.execute(f"drop table {source}_events")
        engine.connection.execute(
            f"create table if not exists {source}_waiting as from {source}_events_arrivals limit 0"
        )
        engine.connection.execute(f"insert into {source}_waiting from {source}_events_arrivals")
        engine.connection.execute(f"drop table {source}_events_arrivals")


def _tell_truth(engine: Engine, batch: list[Period], path: Path) -> None:
    delivered = f"delivered_on between date '{batch[0].first}' and date '{batch[-1].last}' and not is_repeat"
    rows = " union all ".join(
        f"select event_id, '{source}' as source, kind not in ('person', 'system') as is_bot, kind, "
        f"loaded_at, event_key from {source}_waiting where {delivered}"
        for source in SOURCES
    )
    write_query(
        engine,
        f"select * exclude (loaded_at, event_key) from ({rows}) order by loaded_at, source, event_key",
        path,
        "parquet",
    )
