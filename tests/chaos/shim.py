"""A disk that is slow or full and a clock that is set, for one process and its children: by a library of ours that is
loaded before all others. It needs no right to anything, and nothing outside that process notices."""

from __future__ import annotations

import mmap
import shutil
import struct
import subprocess
from pathlib import Path

from infra.domain.errors import Unavailable

_SOURCE = Path(__file__).with_name("fault_shim.c")
_NUMBERS = struct.Struct("4q")
_SIZE = 3072 + _NUMBERS.size


class Shim:
    """What is wrong in the processes that have its `environment`; nothing at first.

    Raises:
        Unavailable: there is no C compiler here, or it does not compile.
    """

    def __init__(self, folder: Path, disk: Path) -> None:
        """`folder` is for the library; `disk` is the folder whose files lie on the disk that is meant."""
        library, control = folder / "fault_shim.so", folder / "fault_control"
        _compile(library)
        control.write_bytes(_NUMBERS.pack(0, 0, 0, 0) + f"{disk.resolve()}/".encode().ljust(3072, b"\0"))
        with control.open("r+b") as file:
            self._control = mmap.mmap(file.fileno(), _SIZE)
        self.environment = {"LD_PRELOAD": str(library), "FAULT_CONTROL": str(control)}

    def set(
        self, *, ahead_seconds: float = 0.0, sync_seconds: float = 0.0, write_seconds: float = 0.0, full: bool = False
    ) -> None:
        """From now on it is so; what is not named is as it should be."""
        numbers = (round(ahead_seconds * 1e9), round(sync_seconds * 1e6), round(write_seconds * 1e6), int(full))
        self._control[: _NUMBERS.size] = _NUMBERS.pack(*numbers)


def _compile(library: Path) -> None:
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None:
        raise Unavailable("no C compiler is installed, which makes the library of faults: install gcc")
    command = [compiler, "-shared", "-fPIC", "-O1", "-o", str(library), str(_SOURCE)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise Unavailable(f"the library of faults does not compile: {done.stderr.strip()[:300]}")
