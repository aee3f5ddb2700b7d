"""Bytes that are on the disk when a call returns, and what the system says when they cannot be. Knows no format."""

from __future__ import annotations

import errno
import os
from pathlib import Path

from infra.domain.errors import StorageFull, Unavailable

_FULL = (errno.ENOSPC, errno.EDQUOT)


def write_durably(descriptor: int, content: bytes) -> None:
    """Write all of it at the file's place, and wait until it is on the disk. Raises OSError."""
    rest = memoryview(content)
    while rest:
        rest = rest[os.write(descriptor, rest) :]
    os.fsync(descriptor)


def sync_folder(folder: Path) -> None:
    """Put the names in the folder on the disk: a file that was synced can still lose its name. Raises OSError."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def make_folder(folder: Path) -> None:
    """Make it, and put its name on the disk.

    Raises:
        StorageFull: the disk has no room.
        Unavailable: it cannot be made there.
    """
    try:
        if not folder.is_dir():
            folder.mkdir(parents=True, exist_ok=True)
            sync_folder(folder.parent)
    except OSError as error:
        raise disk_error(error, folder) from error


def disk_error(error: OSError, path: Path) -> Unavailable:
    """What the system said about a file, in keepsharp's words."""
    if error.errno in _FULL:
        return StorageFull(
            f"there is no room on the disk for {path} ({error.strerror}): make room there, and it goes on by itself"
        )
    return Unavailable(
        f"{path} cannot be used ({error.strerror}): check the disk and the rights of the folder, or name another "
        "place by KEEPSHARP_HOME"
    )
