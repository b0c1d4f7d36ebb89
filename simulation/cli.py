"""The command line of the simulation."""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import time
from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path

import duckdb

from simulation.broken_files import plant_broken_files
from simulation.company import found_company
from simulation.crm import deliver_crm
from simulation.delivery import Deliverer
from simulation.engine import Engine
from simulation.events import SOURCES, deliver_events
from simulation.settings import DEFAULT_END, FileFormats, HotSpot, Settings, SimulationError
from simulation.truth import MANIFEST, write_manifest, write_truth

SIMULATED_SOURCES = ("crm", *SOURCES)


def main(arguments: Sequence[str] | None = None) -> int:
    """Simulate as the arguments say. Returns the exit code."""
    options = _parser().parse_args(arguments)
    try:
        settings = Settings(
            leads=options.leads,
            days=options.days,
            seed=options.seed,
            end=options.end,
            events_per_lead=options.events_per_lead,
            has_dirt=options.dirt == "on",
            formats=FileFormats(options.format),
            hot_spot=HotSpot(options.hot_spot) if options.hot_spot else None,
            first_day=options.first_day,
            last_day=options.last_day,
        )
        simulate(
            settings,
            options.out,
            force=options.force,
            append=options.append,
            memory_limit=options.memory_limit,
            threads=options.threads,
            is_quiet=options.quiet,
        )
    except (SimulationError, OSError, duckdb.Error) as error:
        print(f"simulation: {error}", file=sys.stderr)
        return 1
    return 0


def simulate(
    settings: Settings,
    out: Path,
    *,
    force: bool = False,
    append: bool = False,
    memory_limit: str | None = None,
    threads: int | None = None,
    is_quiet: bool = False,
) -> int:
    """Write `out/landing` and `out/truth`.

    Args:
        force: replace an earlier simulation in `out`.
        append: add the days from `settings.first_day` to an earlier simulation with the same settings.
        memory_limit: for DuckDB, such as `8GB`; beyond it DuckDB spills to a folder in `out`.
        threads: for DuckDB; the files do not depend on it.

    Returns: rows delivered.

    Raises:
        SimulationError: `out` holds something that must not be mixed with this simulation.
    """
    _make_room(settings, out, force=force, append=append)
    if not append:
        write_manifest(settings, out / "truth", None)
    scratch = out / ".simulation"
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir()
    began = time.monotonic()

    def report(what: str) -> None:
        if not is_quiet:
            print(f"{time.monotonic() - began:7.1f} s  {what}", file=sys.stderr, flush=True)

    try:
        with Engine(settings, scratch, memory_limit, threads) as engine:
            found_company(engine)
            report(f"{settings.leads:,} lead records of {settings.companies:,} companies")
            deliverer = Deliverer(engine, settings, out / "landing")
            deliver_crm(deliverer, report)
            deliver_events(deliverer, scratch / "events", report)
            if settings.has_dirt:
                deliverer.dirt.extend(plant_broken_files(engine, settings, out / "landing"))
            write_truth(engine, settings, out / "truth", scratch / "events", deliverer.dirt)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    seconds = max(time.monotonic() - began, 0.001)
    report(f"done: {deliverer.rows:,} rows in {out / 'landing'} ({deliverer.rows / seconds:,.0f} rows/s)")
    return deliverer.rows


def _make_room(settings: Settings, out: Path, *, force: bool, append: bool) -> None:
    landing, manifest = out / "landing", out / "truth" / MANIFEST
    occupied = [
        folder for source in SIMULATED_SOURCES if (folder := landing / source).exists() and any(folder.rglob("*"))
    ]
    if append:
        _check_that_days_follow(settings, manifest)
    elif occupied and not force:
        raise SimulationError(f"{occupied[0]} is not empty. Give --force to replace it or --append to add days to it.")
    elif occupied and not manifest.is_file():
        raise SimulationError(
            f"{occupied[0]} holds files, but there is no {manifest}: no simulation made them. "
            f"Move them away yourself, or choose another --out."
        )
    elif force and manifest.is_file():
        for folder in (*occupied, out / "truth"):
            shutil.rmtree(folder, ignore_errors=True)


def _check_that_days_follow(settings: Settings, manifest: Path) -> None:
    if settings.first_day is None:
        raise SimulationError("--append needs --first-day: the first day to add.")
    if not manifest.is_file():
        raise SimulationError(f"--append finds no {manifest}: simulate the days before first.")
    earlier = json.loads(manifest.read_text(encoding="utf-8"))
    for name, value in settings.identity().items():
        if earlier["settings"].get(name) != value:
            raise SimulationError(
                f"--append: {name} is {value}, but {manifest} says {earlier['settings'].get(name)}. Give the same."
            )
    if earlier["delivered_until"] is None:
        raise SimulationError(f"--append: the run that began {manifest} did not end. Run it again with --force first.")
    if date.fromisoformat(earlier["delivered_until"]) >= settings.first_day:
        raise SimulationError(
            f"--append: days until {earlier['delivered_until']} were delivered before; --first-day must come after."
        )


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m simulation",
        description="Simulate a B2B software vendor: raw CRM, e-mail, web and messaging files under OUT/landing, "
        "and what really happened under OUT/truth. The same options give the same bytes.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    parser.add_argument("--leads", type=int, default=1000, help="lead records in the CRM")
    parser.add_argument("--days", type=int, default=180, help="length of the history")
    parser.add_argument("--seed", type=int, default=7, help="the number that all chance comes from")
    parser.add_argument("--out", type=Path, required=True, help="folder that gets landing/ and truth/")
    parser.add_argument("--end", type=_moment, default=DEFAULT_END, help="last instant of the history, UTC")
    parser.add_argument("--events-per-lead", type=int, default=100, help="events of all channels, about, for each lead")
    parser.add_argument("--dirt", choices=("on", "off"), default="on", help="whether sources misbehave")
    parser.add_argument("--format", choices=[each.value for each in FileFormats], default="mixed", help="file formats")
    parser.add_argument("--hot-spot", choices=[each.value for each in HotSpot], help="make the events uneven")
    parser.add_argument("--first-day", type=date.fromisoformat, help="first day whose deliveries are written")
    parser.add_argument("--last-day", type=date.fromisoformat, help="last day whose deliveries are written")
    parser.add_argument("--append", action="store_true", help="add days to what the same options made before")
    parser.add_argument("--force", action="store_true", help="replace an earlier simulation in OUT")
    parser.add_argument("--memory-limit", help="memory for DuckDB, such as 8GB; beyond it spills to OUT")
    parser.add_argument("--threads", type=int, help="threads for DuckDB; the files do not depend on it")
    parser.add_argument("--quiet", action="store_true", help="no progress")
    return parser
