"""``python -m orchestration.crm``: the CRM to try things with."""

from __future__ import annotations

import argparse
import shlex
import sys

from orchestration.crm.demo import Company, run_demo
from orchestration.crm.errors import CrmError, NotAvailableHereError
from orchestration.crm.server import USER, Crm
from orchestration.home import Home
from orchestration.odoo import OdooError

NOT_AVAILABLE_HERE = 3


def parser() -> argparse.ArgumentParser:
    """The command line."""
    root = argparse.ArgumentParser(
        prog="python -m orchestration.crm", description="A real CRM (Odoo 11) on this machine, to grade leads in."
    )
    commands = root.add_subparsers(dest="command", required=True, metavar="COMMAND")
    commands.add_parser("up", help="install what is missing and start what does not run")
    commands.add_parser("down", help="stop Odoo and its PostgreSQL")
    commands.add_parser("reset", help="throw the CRM's records away and start with an empty one")
    commands.add_parser("status", help="say whether it runs, and where (exit code 1 when it does not)")
    commands.add_parser("env", help="print the settings of the sync for this CRM, password included, as shell exports")
    demo = commands.add_parser(
        "demo", help="empty CRM -> simulated leads -> grades -> written back -> compared -> pictures"
    )
    demo.add_argument("--leads", type=int, default=1000, help="how many leads to simulate (default: %(default)s)")
    demo.add_argument("--days", type=int, default=90, help="how many days of history (default: %(default)s)")
    demo.add_argument("--seed", type=int, default=1, help="the seed number of the simulation (default: %(default)s)")
    demo.add_argument("--no-pictures", action="store_true", help="do not start a browser")
    return root


def main(arguments: list[str] | None = None) -> int:
    """Run one command; gives the exit code."""
    chosen = parser().parse_args(arguments)
    home = Home.from_environment()
    crm = Crm(home)
    if chosen.command in ("up", "reset"):
        url = crm.up() if chosen.command == "up" else crm.reset()
        print(f"{url}  log in as {USER}; for the password: python -m orchestration.crm env")
    elif chosen.command == "down":
        print("stopped" if crm.down() else "nothing was running")
    elif chosen.command == "status":
        print(crm.url or "not running")
        return 0 if crm.url else 1
    elif chosen.command == "env":
        print("\n".join(f"export {name}={shlex.quote(value)}" for name, value in crm.settings.items()))
    else:
        company = Company(chosen.leads, chosen.days, chosen.seed)
        return run_demo(home, crm, company, with_pictures=not chosen.no_pictures)
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except NotAvailableHereError as problem:
        print(f"cannot be had here: {problem}", file=sys.stderr)
        sys.exit(NOT_AVAILABLE_HERE)
    except (CrmError, OdooError) as problem:
        print(f"error: {problem}", file=sys.stderr)
        sys.exit(1)
