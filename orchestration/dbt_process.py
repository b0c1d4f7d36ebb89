"""`python -m orchestration.dbt_process`: dbt, with all loaded before it is told what to do.

It reads the project, waits on standard input for one order, and does what the command `dbt` would do with it: the same
output, the same exit code. When whoever started it ends without an order, so does it.
"""

from __future__ import annotations

import atexit
import gc
import json
import os
import select
import sys
from typing import cast

from dbt.cli.exceptions import DbtUsageException
from dbt.cli.main import dbtRunner, dbtRunnerResult
from dbt.contracts.graph.manifest import Manifest
from dbt_common.clients.jinja import template_cache

SUCCEEDED, FAILED, COULD_NOT_RUN = 0, 1, 2


def main() -> int:
    """Read the project, obey one order, and give dbt's exit code."""
    # dbt makes few cycles and keeps most of what it makes: to look for garbage is a seventh of a build's time.
    gc.disable()
    # What is wrong with the project is told by the command itself, which then reads it again.
    parsed = dbtRunner().invoke(["--log-level", "none", "--log-level-file", "none", "parse", "--no-write-json"])
    manifest = cast(Manifest, parsed.result) if parsed.success else None
    if manifest is not None:
        _compile_macros(manifest)
    line = sys.stdin.readline()
    if not line:
        return SUCCEEDED
    order = json.loads(line)
    os.environ.clear()
    os.environ.update(order["environment"])
    os.chdir(order["folder"])
    done = dbtRunner(manifest=manifest).invoke(order["arguments"])
    if isinstance(done.exception, DbtUsageException):
        print(done.exception, file=sys.stderr)
    return _exit_code(done)


def _compile_macros(manifest: Manifest) -> None:
    """Compile macros as long as there is nothing else to do: a build needs two hundred of them."""
    for macro in manifest.macros.values():
        is_told, _, _ = select.select([sys.stdin], [], [], 0)
        if is_told:
            return
        template_cache.get_node_template(macro)


def _exit_code(done: dbtRunnerResult) -> int:
    if done.success:
        return SUCCEEDED
    return FAILED if done.exception is None else COULD_NOT_RUN


if __name__ == "__main__":
    try:
        code = main()
    except KeyboardInterrupt:
        code = COULD_NOT_RUN
    # What must be done at the end is done; to take apart all that is held would keep whoever waits for the end.
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)
