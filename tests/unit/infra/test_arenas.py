"""Threads of a process that was told to share arenas get no further ones."""

from __future__ import annotations

import platform
import subprocess
import sys

import pytest

_PROGRAM = """
import ctypes, re, sys, threading
from infra.arenas import share_arenas
if sys.argv[1] == "shared":
    assert share_arenas()
allocate = ctypes.CDLL(None).malloc
gate = threading.Barrier(9)
def take():
    allocate(100_000)
    gate.wait()
    gate.wait()
threads = [threading.Thread(target=take) for _ in range(8)]
[one.start() for one in threads]
gate.wait()
starts = [int(line.split("-")[0], 16) for line in open("/proc/self/maps") if line.rstrip().endswith(" 0")]
print(sum(start % (64 << 20) == 0 for start in starts))
gate.wait()
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc gives arenas to threads")
def test_threads_share_the_arenas_that_there_may_be() -> None:
    found = {
        how: int(
            subprocess.run([sys.executable, "-c", _PROGRAM, how], capture_output=True, text=True, check=True).stdout
        )
        for how in ("as they are", "shared")
    }
    assert found["as they are"] >= 4
    assert found["shared"] <= 1
