"""Runs one long command quietly: a single line moves while it works, its output is kept in a log.

Standard library only: it runs before anything is installed.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

_TAIL = 25


class StepFailed(Exception):
    """A command failed; the message ends with what it said last."""


def run_step(title: str, command: Sequence[str], log: Path) -> None:
    """Run `command`, showing `title` and the seconds so far; its output is added to `log`.

    Raises:
        StepFailed: it ended with another status than 0.
    """
    watched = sys.stderr.isatty()
    if not watched:
        print(f"setup: {title} …", file=sys.stderr, flush=True)
    start = time.monotonic()
    with log.open("ab") as output:
        begin = output.tell()
        output.write(f"$ {' '.join(command)}\n".encode())
        output.flush()
        child = subprocess.Popen(list(command), stdout=output, stderr=output, stdin=subprocess.DEVNULL)
        try:
            while child.poll() is None:
                if watched:
                    print(
                        f"\r\033[Ksetup: {title} … {time.monotonic() - start:.0f} s",
                        end="",
                        file=sys.stderr,
                        flush=True,
                    )
                time.sleep(0.2)
        finally:
            if child.poll() is None:
                child.terminate()
                child.wait()
    if watched:
        print("\r\033[K", end="", file=sys.stderr, flush=True)
    if child.returncode != 0:
        said = log.read_bytes()[begin:].decode(errors="replace").splitlines()[-_TAIL:]
        raise StepFailed(
            "\n".join([f"setup: {title} failed (status {child.returncode}). It said:", *said, f"(all of it: {log})"])
        )
    print(f"setup: {title}: {time.monotonic() - start:.0f} s", file=sys.stderr, flush=True)
