"""A folder for a history that lies in files while it is read: on the disk of the home, and gone afterwards.

A process that is killed cannot remove its own, so the next reading does. Whose process lives is told by a lock on a
file in the folder (flock), which the system drops when the process ends, however it ends.
"""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import mkdtemp

from infra.settings import Settings

_BEGINNING = ".keepsharp-reading-"
_LOCK = "lock"


@contextmanager
def scratch_folder(settings: Settings) -> Iterator[Path]:
    """A folder beside the home, which goes when the block ends; those of readings that were killed go first.

    Raises:
        OSError: there is no room for it, or no right to make it.
    """
    home = settings.home.resolve()
    beside = next(folder for folder in home.parents if folder.is_dir())
    remove_left(beside)
    folder, lock = _locked_folder(beside)
    columns = folder / "columns"
    try:
        columns.mkdir()
        yield columns
    finally:
        shutil.rmtree(columns)
        shutil.rmtree(folder, ignore_errors=True)  # a reading that finds it without its lock removes it as well
        os.close(lock)


def remove_left(beside: Path) -> None:
    """Remove the folders of readings whose process has ended; those of others, and of other users, stay."""
    for folder in beside.glob(f"{_BEGINNING}*/"):
        with suppress(PermissionError):
            lock = _lock_of(folder)
            if lock is not None:
                shutil.rmtree(folder, ignore_errors=True)  # another reading may be removing it too
                os.close(lock)


def _locked_folder(beside: Path) -> tuple[Path, int]:
    """A new folder with its lock held; again where another reading took it for one that was left."""
    while True:
        folder = Path(mkdtemp(dir=beside, prefix=_BEGINNING))
        lock = _lock_of(folder)
        if lock is not None:
            return folder, lock


def _lock_of(folder: Path) -> int | None:
    """The folder's lock, ours now; None where another process has it, or the folder is gone."""
    try:
        descriptor = os.open(folder / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except FileNotFoundError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    if os.fstat(descriptor).st_nlink:
        return descriptor
    os.close(descriptor)
    return None
