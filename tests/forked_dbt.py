"""dbt for tests that run it often: loaded once by each process of the tests, and forked for each command.

A command parses, builds and prints as `dbt` does; it saves what each `dbt` does before it does anything.
"""

from __future__ import annotations

import gc
import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from functools import cache, partial
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

from orchestration import dbt_process
from orchestration.home import CHECKOUT

# Threads of dbt take turns a thousand times as often as is usual: what one does to another's notes shows in a test.
SWITCH_SECONDS = 5e-6


def dbt(
    arguments: Sequence[str], environment: Mapping[str, str], folder: Path, dies_at: int | None = None
) -> tuple[int, str]:
    """Run a command of dbt, such as ["build"], to its end.

    Args:
        arguments: what follows `dbt`.
        environment: all of its environment.
        folder: where it runs.
        dies_at: it is killed (SIGKILL) when it is about to send its n-th SQL statement, counted from 1.

    Returns:
        Its exit code, negative when it was killed, and what it said, errors too.
    """
    server = _server()
    assert server.stdin is not None
    assert server.stdout is not None
    with NamedTemporaryFile() as said:
        order = {
            "arguments": list(arguments),
            "environment": dict(environment),
            "folder": str(folder),
            "dies_at": dies_at,
        }
        server.stdin.write(json.dumps(order | {"output": said.name}) + "\n")
        server.stdin.flush()
        code = int(server.stdout.readline())
        return code, said.read().decode(errors="replace")


@cache
def _server() -> subprocess.Popen[str]:
    """The process that forks; it ends with ours."""
    command = [sys.executable, "-m", "tests.forked_dbt"]
    return subprocess.Popen(command, cwd=CHECKOUT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def serve() -> None:
    """Fork for each order on standard input, and say what exit code came of it."""
    gc.disable()
    sys.setswitchinterval(SWITCH_SECONDS)
    has_loaded = False
    for line in sys.stdin:
        order = json.loads(line)
        threads = Path("/proc/self/task")
        if threads.exists() and len(list(threads.iterdir())) > 1:
            sys.exit("dbt has started threads here, which a fork would wait for in vain")
        child = os.fork()
        if child == 0:
            output = os.open(order["output"], os.O_WRONLY)
            os.dup2(output, sys.stdout.fileno())
            os.dup2(output, sys.stderr.fileno())
            if order["dies_at"] is not None:
                _die_at(order["dies_at"])
            dbt_process.end(dbt_process.obey(line))
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)
        if not has_loaded:
            # For the macros alone: each command reads the project as it is in its own environment. dbt's static parser
            # starts threads, which no fork has: whoever waits for them waits for ever.
            os.environ.update(order["environment"])
            os.chdir(order["folder"])
            dbt_process.compile_macros(dbt_process.read_project("--no-static-parser"))
            has_loaded = True


def _die_at(last: int) -> None:
    statements = 0

    def count(event: Any) -> None:
        nonlocal statements
        statements += event.info.name == "SQLQuery"
        if statements == last:
            os.kill(os.getpid(), signal.SIGKILL)

    runner: Any = dbt_process
    runner.dbtRunner = partial(runner.dbtRunner, callbacks=[count])


if __name__ == "__main__":
    serve()
