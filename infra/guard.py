"""Stands between us and a child process, so that the child never outlives us, however we end.

    python -S -E guard.py GRACE_SECONDS PROGRAM ARGUMENT…

The guard's standard input is a pipe that we hold open. When it closes, because we asked for it or because we were
killed, the guard asks the program to end, waits, and then kills it with everything it started. It ends with the
program's own status. Standard library alone, and run as a file: it has to start in milliseconds.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import select
import signal
import subprocess
import sys
import time
from pathlib import Path

_PR_SET_PDEATHSIG, _PR_SET_CHILD_SUBREAPER = 1, 36


def main(grace_seconds: float, command: list[str]) -> int:
    """Run `command` until it ends or standard input closes; its status, 128 + n when signal n ended it."""
    woken, wake = os.pipe()
    os.set_blocking(wake, False)
    signal.set_wakeup_fd(wake)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    _prctl(_PR_SET_CHILD_SUBREAPER, 1)  # what the program leaves behind becomes ours, and can be found
    try:
        program = subprocess.Popen(  # noqa: S603 - what we were asked to run
            command, stdin=subprocess.DEVNULL, start_new_session=True, preexec_fn=die_with_parent
        )
    except OSError as error:
        print(f"{command[0]} cannot be started: {error.strerror}", file=sys.stderr)
        return 127
    while program.poll() is None:
        ready, _, _ = select.select([0, woken], [], [])
        if woken in ready:
            os.read(woken, 4096)
        if 0 in ready and not os.read(0, 4096):
            break
    if program.poll() is None:
        program.terminate()
        try:
            program.wait(grace_seconds)
        except subprocess.TimeoutExpired:
            program.kill()
    status = program.wait()
    _end_the_rest(program.pid)
    return status if status >= 0 else 128 - status


def die_with_parent() -> None:
    """Called in a child of one thread: it is killed when the thread that started it ends."""
    _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def _prctl(option: int, value: int) -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(option, value, 0, 0, 0)


def _end_the_rest(group: int) -> None:
    """Kill what is left of the program's group, and on Linux whatever it started elsewhere."""
    with contextlib.suppress(ProcessLookupError, PermissionError):  # the group is empty
        os.killpg(group, signal.SIGKILL)
    until = time.monotonic() + 5
    while (left := _children()) and time.monotonic() < until:
        for pid in left:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)


def _children() -> list[int]:
    """Our children; orphans that became ours included. Empty where the system does not say."""
    try:
        return [int(pid) for pid in Path(f"/proc/self/task/{os.getpid()}/children").read_text(encoding="ascii").split()]
    except OSError:
        return []


if __name__ == "__main__":
    sys.exit(main(float(sys.argv[1]), sys.argv[2:]))
