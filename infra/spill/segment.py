"""One spill file: frames are appended to its end, each on the disk when `append` returns.

The process that writes it holds a lock on it (flock), which the system drops when the process ends, however it
ends: a file that nobody locks was left behind, and whoever comes next takes it over. Knows frames, not what is in
them. Not thread-safe.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Sequence
from contextlib import closing, suppress
from mmap import ACCESS_READ, mmap
from pathlib import Path

import structlog

from infra.spill.disk import disk_error, sync_folder, write_durably
from infra.spill.frames import Frame, Gap, framed, payload_of, scan

SUFFIX = ".spill"
DAMAGED_SUFFIX = ".damaged"

log = structlog.get_logger(__name__)


class Segment:
    """An open and locked spill file."""

    def __init__(self, path: Path, descriptor: int) -> None:
        """Use `create` or `adopt`."""
        self.path = path
        self._descriptor = descriptor
        self.bytes = os.fstat(descriptor).st_size
        """Up to the end of the last frame."""
        self.sealed = False
        """Nothing more is appended to it."""
        self.damaged = False
        """Set it where a part cannot be read: then `remove` deletes nothing."""

    @property
    def aside(self) -> Path:
        """Where it goes when it is damaged."""
        return self.path.with_suffix(DAMAGED_SUFFIX)

    @classmethod
    def create(cls, folder: Path, number: int) -> Segment:
        """A new, empty file, whose name is on the disk; files are ordered by their numbers.

        Raises:
            StorageFull: the disk has no room.
            Unavailable: the folder cannot be written.
        """
        path = folder / f"{number:020d}-{os.getpid()}{SUFFIX}"
        try:
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_APPEND, 0o666)
            if not _lock(descriptor):  # another process that starts now took the empty file for one left behind
                os.close(descriptor)
                return cls.create(folder, number + 1)
            sync_folder(folder)
        except FileExistsError:
            return cls.create(folder, number + 1)
        except OSError as error:
            raise disk_error(error, path) from error
        return cls(path, descriptor)

    @classmethod
    def adopt(cls, path: Path) -> Segment | None:
        """A file that an ended process left behind; None when one that lives uses it, or it is gone.

        Raises:
            Unavailable: it cannot be read.
        """
        try:
            descriptor = os.open(path, os.O_RDWR | os.O_APPEND)
            if not _lock(descriptor):
                os.close(descriptor)
                return None
        except FileNotFoundError:
            return None
        except OSError as error:
            raise disk_error(error, path) from error
        segment = cls(path, descriptor)
        segment.sealed = True
        return segment

    def append(self, payload: bytes, rows: int) -> Frame:
        """Write a frame; it is on the disk afterwards. When it raises nothing was appended, and the file is sealed.

        Raises:
            StorageFull: the disk has no room.
            Unavailable: the disk does not do its work.
        """
        data = framed(payload, rows)
        frame = Frame(start=self.bytes, end=self.bytes + len(data), rows=rows)
        try:
            write_durably(self._descriptor, data)
        except OSError as error:
            # What a failed sync left in memory may never reach the disk: nothing may follow it.
            self.sealed = True
            with suppress(OSError):  # then the next reader finds a torn end, or rows nobody was promised
                os.ftruncate(self._descriptor, self.bytes)
            raise disk_error(error, self.path) from error
        self.bytes = frame.end
        return frame

    def frames(self) -> Sequence[Frame | Gap]:
        """All that it holds, in order.

        Raises:
            Unavailable: the disk does not do its work.
        """
        if self.bytes == 0:
            return []
        try:
            with closing(mmap(self._descriptor, 0, access=ACCESS_READ)) as data:
                return list(scan(data))
        except OSError as error:
            raise disk_error(error, self.path) from error

    def payload(self, frame: Frame) -> bytes | None:
        """What the frame holds; None when it has been damaged. Raises Unavailable when the disk does not answer."""
        try:
            return payload_of(os.pread(self._descriptor, frame.end - frame.start, frame.start))
        except OSError as error:
            raise disk_error(error, self.path) from error

    def remove(self) -> None:
        """It was replayed: delete it, or where a part of it is damaged put it aside for a person.

        Where that fails it is left, to be replayed again by the next process, which changes nothing.
        """
        try:
            if self.damaged:
                self.path.rename(self.aside)
            else:
                self.path.unlink(missing_ok=True)
        except OSError as error:
            log.error("a replayed spill file could not be removed", file=str(self.path), problem=str(error))
        self.close()

    def close(self) -> None:
        """Let go of the file; it stays for whoever comes next."""
        os.close(self._descriptor)


def _lock(descriptor: int) -> bool:
    """Whether the file is ours now, and still there: its owner may have removed it before we asked."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return os.fstat(descriptor).st_nlink > 0
