"""Who holds a lease, named so that others on the same machine can tell when they are gone. Knows no lease."""

from __future__ import annotations

import os
import socket
import uuid
from pathlib import Path


def this_holder(work: str) -> str:
    """A new name for this process while it does some work: machine, process space, process, its beginning, the work."""
    pid = os.getpid()
    return f"{_here()}:{pid}:{_beginning(pid) or '?'}:{work}:{uuid.uuid4().hex[:8]}"


def is_gone(holder: str) -> bool:
    """Whether the holder was a process of this machine that has ended. False also where that cannot be known: it runs
    elsewhere, or its name is of another kind. A process that is merely stopped is not gone."""
    parts = holder.split(":")
    if len(parts) != 5 or parts[0] != _here() or not parts[1].isdigit() or parts[2] == "?":
        return False
    return _beginning(int(parts[1])) != parts[2]


def _here() -> str:
    """The machine and its space of process numbers: a number means nothing in another container."""
    try:
        space = os.readlink("/proc/self/ns/pid")
    except OSError:
        space = "pid"
    return f"{socket.gethostname()}/{space.translate({ord(sign): None for sign in ':[]'})}"


def _beginning(pid: int) -> str | None:
    """When the process began, in the kernel's ticks, so that a number used again is another process.

    None: there is no such process, or it has ended and only waits for its parent to notice.
    """
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    state, *fields = stat.rpartition(")")[2].split()
    return None if state in "ZX" else fields[18]
