"""dbt as our jobs run it, with its arguments, output and exit codes; it imports nothing else of ours.

Without arguments it reads the project and waits on standard input for one order, so that all is loaded before it is
told what to do. When whoever started it ends without an order, so does it.
"""

from __future__ import annotations

import atexit
import gc
import json
import os
import select
import sys
from collections.abc import Callable, Sequence
from typing import NoReturn, cast

from dbt.cli.exceptions import DbtUsageException
from dbt.cli.main import dbtRunner
from dbt.contracts.graph.manifest import Manifest
from dbt_common.clients.jinja import template_cache

SUCCEEDED, FAILED, COULD_NOT_RUN = 0, 1, 2


def main(arguments: Sequence[str]) -> int:
    """Do what dbt's arguments say, or, without any, what an order says that comes later. Gives dbt's exit code."""
    # dbt makes few cycles and keeps most of what it makes: to look for garbage is a seventh of a build's time.
    gc.disable()
    if arguments:
        return run(arguments)
    manifest = read_project()
    compile_macros(manifest, until=_is_told)
    line = sys.stdin.readline()
    return obey(line, manifest) if line else SUCCEEDED


def read_project(*options: str) -> Manifest | None:
    """The project that the environment names; None when dbt cannot read it, which the command itself will then tell."""
    quiet = ["--log-level", "none", "--log-level-file", "none"]
    parsed = dbtRunner().invoke([*quiet, *options, "parse", "--no-write-json"])
    return cast(Manifest, parsed.result) if parsed.success else None


def compile_macros(manifest: Manifest | None, until: Callable[[], bool] = lambda: False) -> None:
    """Compile macros until there is something else to do: a build needs some two hundred of them."""
    for macro in manifest.macros.values() if manifest else []:
        if until():
            return
        template_cache.get_node_template(macro)


def obey(line: str, manifest: Manifest | None = None) -> int:
    """Do what one line says, and give dbt's exit code.

    Args:
        line: an object of JSON: the `arguments` of dbt, all of its `environment`, the `folder` where it runs.
        manifest: the project as it is in that environment, if it was read.
    """
    order = json.loads(line)
    os.environ.clear()
    os.environ.update(order["environment"])
    os.chdir(order["folder"])
    return run(order["arguments"], manifest)


def run(arguments: Sequence[str], manifest: Manifest | None = None) -> int:
    """What the command `dbt` does with these arguments, and its exit code."""
    done = dbtRunner(manifest=manifest).invoke(list(arguments))
    if isinstance(done.exception, DbtUsageException):
        print(done.exception, file=sys.stderr)
    if done.success:
        return SUCCEEDED
    return FAILED if done.exception is None else COULD_NOT_RUN


def end(code: int) -> NoReturn:
    """End this process: do what must be done, but do not take apart all that is held, for which somebody would wait."""
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def _is_told() -> bool:
    readable, _, _ = select.select([sys.stdin], [], [], 0)
    return bool(readable)


if __name__ == "__main__":
    try:
        end(main(sys.argv[1:]))
    except KeyboardInterrupt:
        end(COULD_NOT_RUN)
