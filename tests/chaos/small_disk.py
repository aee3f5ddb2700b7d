"""A disk that can be filled: a small file system of its own where one may be mounted, else the library of faults."""

from __future__ import annotations

import errno
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.chaos.shim import Shim


class SmallDisk:
    """A mounted file system of so many megabytes."""

    kind = "a tmpfs"

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.environment: dict[str, str] = {}
        self._ballast = folder / "ballast"

    def fill(self) -> None:
        """Take all the room that is left."""
        with self._ballast.open("ab", buffering=0) as file:
            size = 1 << 20
            while size:
                try:
                    file.write(bytes(size))
                except OSError as error:
                    if error.errno != errno.ENOSPC:
                        raise
                    size //= 2

    def make_room(self) -> None:
        """There is room again."""
        self._ballast.unlink()


class ShimmedDisk:
    """A folder of which a process is told that its disk is full."""

    kind = "a library that answers ENOSPC"

    def __init__(self, folder: Path, shim: Shim) -> None:
        self.folder, self._shim = folder, shim
        self.environment = shim.environment

    def fill(self) -> None:
        """As `SmallDisk.fill`."""
        self._shim.set(full=True)

    def make_room(self) -> None:
        """As `SmallDisk.make_room`."""
        self._shim.set()


@contextmanager
def small_disk(folder: Path, megabytes: int, *, mounted: bool = True) -> Iterator[SmallDisk | ShimmedDisk]:
    """A disk at that folder, which is made; without `mounted`, and where nothing may be mounted, by the library."""
    folder.mkdir(parents=True)
    command = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", str(folder)]
    if mounted and shutil.which("mount") and subprocess.run(command, capture_output=True, check=False).returncode == 0:
        try:
            yield SmallDisk(folder)
        finally:
            subprocess.run(["umount", "--lazy", str(folder)], check=True)
    else:
        beside = folder.with_name(f"{folder.name}-shim")
        beside.mkdir()
        yield ShimmedDisk(folder, Shim(beside, folder))
