"""A container's entry point: puts secrets from files into the environment, then becomes the command.

Passwords lie in files that only the containers see, and stand in no compose file, command line or `docker inspect`.
keepsharp's own settings need none of this: they read `KEEPSHARP_…_FILE` themselves. Standard library alone.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

NAMES = ("PGPASSWORD", "PREFECT_API_AUTH_STRING", "PREFECT_SERVER_API_AUTH_STRING")
"""What libpq, asyncpg, and Prefect on its two sides read. `NAME_FILE` says which file each is in."""


def main(command: list[str]) -> int:
    """Runs `command` in this process; comes back, with 1, only where a secret or the command cannot be had."""
    for name in NAMES:
        file = os.environ.pop(f"{name}_FILE", "")
        if not file:
            continue
        try:
            os.environ[name] = Path(file).read_text(encoding="utf-8").strip()
        except OSError as error:
            print(f"{name}_FILE: {error}: make the secrets with infra/docker/prepare.sh", file=sys.stderr)
            return 1
    try:
        os.execvp(command[0], command)  # noqa: S606 - the command that the container was given
    except OSError as error:
        print(f"{command[0]}: {error}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
