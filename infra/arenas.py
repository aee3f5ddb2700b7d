"""Where the C library's allocator keeps the memory of threads. It knows no program in particular."""

from __future__ import annotations

import ctypes
import platform

MOST_ARENAS = 2
_M_ARENA_MAX = -8  # of glibc's malloc.h


def share_arenas(most: int = MOST_ARENAS) -> bool:
    """Let all threads of this process share so many arenas; whether the C library can be told to.

    glibc gives up to eight arenas a core to threads, and each keeps the most that its threads ever needed at once: a
    service whose threads come and go grows with every burst of requests. Python's threads allocate one at a time, so
    that few arenas cost them nothing. Arenas that exist already stay.
    """
    if platform.libc_ver()[0] != "glibc":
        return False
    return bool(ctypes.CDLL(None).mallopt(_M_ARENA_MAX, most))
