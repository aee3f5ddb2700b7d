"""Where services for the kill test come from: a process that has imported everything, and forks `keepsharp serve`.

Importing torch takes seconds; a fork takes none, and what it runs is the command itself, from its arguments on. The
nursery has one thread, and dies with whoever started it; so do the services.

    python -m tests.chaos.nursery    # a line {"arguments", "environment", "output"} in, a line with the process id out
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from infra.guard import die_with_parent


def main() -> None:
    """Fork a service for every line, until there are no more."""
    _import_everything()
    print("ready", flush=True)
    for line in sys.stdin:
        wanted = json.loads(line)
        if "wait" in wanted:
            _, status = os.waitpid(wanted["wait"], 0)
            print(os.waitstatus_to_exitcode(status), flush=True)
        elif (pid := os.fork()) == 0:
            _become(wanted["arguments"], wanted["environment"], Path(wanted["output"]))
        else:
            print(pid, flush=True)


def _import_everything() -> None:
    """What `keepsharp serve` imports only when it is called."""
    import services.cli.commands.serve
    import services.dashboard.pages
    import services.inference.server  # noqa: F401


def _become(arguments: Sequence[str], environment: Mapping[str, str], output: Path) -> None:
    """Be the `keepsharp` command; never returns."""
    from services.cli.main import run

    die_with_parent()
    os.environ.update(environment)
    nothing = os.open(os.devnull, os.O_RDONLY)
    written = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    for target, source in ((0, nothing), (1, written), (2, written)):
        os.dup2(source, target)
    code = 1
    try:
        code = run(arguments)
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)  # the nursery's own way out is not the service's


if __name__ == "__main__":
    main()
