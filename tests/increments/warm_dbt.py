"""dbt in a process of its own that starts in no time: it is forked from one that has imported dbt already.

A process of its own can be killed, has its own environment, and leaves no DuckDB file open in ours.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

# Imported by the process that all others are forked from, as this module is preloaded there.
import dbt.adapters.duckdb.impl  # noqa: F401
from dbt.adapters.duckdb.connections import DuckDBConnectionManager
from dbt.cli.main import dbtRunner

_PROCESSES = multiprocessing.get_context("forkserver")
_PROCESSES.set_forkserver_preload([__name__])


def run_dbt(arguments: Sequence[str], environment: Mapping[str, str], log: Path, dies_at: int | None = None) -> int:
    """Run a dbt command.

    Args:
        arguments: what would follow `dbt`.
        environment: all environment variables of the process.
        log: file that gets what dbt prints.
        dies_at: kill the process (SIGKILL) when it is about to send its n-th SQL statement, counted from 1.

    Returns:
        The exit code; negative when it was killed.
    """
    process = _PROCESSES.Process(target=_run, args=(list(arguments), dict(environment), str(log), dies_at))
    process.start()
    process.join()
    assert process.exitcode is not None
    return process.exitcode


def _run(arguments: list[str], environment: dict[str, str], log: str, dies_at: int | None) -> None:
    os.environ.clear()
    os.environ.update(environment)
    with Path(log).open("w", encoding="utf-8") as file:
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)
    statements = 0

    def die(event: Any) -> None:
        nonlocal statements
        if event.info.name == "SQLQuery":
            statements += 1
            if statements == dies_at:
                os.kill(os.getpid(), signal.SIGKILL)

    result = dbtRunner(callbacks=[die]).invoke(arguments)
    if result.exception:
        print(result.exception)
    # A process that is forked ends without its last rites: DuckDB would leave its write-ahead log as if it was killed.
    manager: Any = DuckDBConnectionManager
    manager.env().close()
    manager.close_all_connections()
    sys.exit(0 if result.success else 1)
