"""The company before its first event: people, their records and devices, mailings, and how often things happen."""

from __future__ import annotations

from simulation.engine import Engine


def found_company(engine: Engine) -> None:
    """Build the tables that hold whatever the number of events; all later steps read them."""
    engine.run("people")
    engine.run("records")
    engine.run("mailboxes")
    engine.run("rates")
    for name, value in engine.row("select * from rates").items():
        engine.set_variable(name, value)
    engine.run("campaigns")
    engine.run("hot_spots")
