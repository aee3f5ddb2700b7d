"""The line of predictions that wait for the database, oldest first: every one on disk, none held in memory.

In memory is one digest for each waiting id, which finds its place in the files again. Knows no database. Not
thread-safe, save that `read` may run beside `append`.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path

import structlog

from infra.domain.errors import DataError, Unavailable
from infra.domain.predictions import Prediction
from infra.spill.disk import make_folder
from infra.spill.frames import HEADER_BYTES, Frame, Gap
from infra.spill.payload import packed, unpacked
from infra.spill.segment import SUFFIX, Segment

Key = tuple[str, str]
"""Model and id."""

_NAMES = f"{'[0-9]' * 20}-*{SUFFIX}"
SEGMENT_BYTES = 16_000_000
"""A file that has grown so far is followed by another, so that what was replayed can be deleted."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, eq=False)
class Entry:
    """Predictions that were spilled together, and where they lie."""

    segment: Segment
    frame: Frame

    @property
    def bytes(self) -> int:
        """On the disk."""
        return self.frame.end - self.frame.start


class Waiting:
    """The line in a folder; each process has files of its own there."""

    def __init__(self, folder: Path, max_bytes: int) -> None:
        """Nothing is read yet: `open` does that."""
        self._folder, self._max_bytes = folder, max_bytes
        self._line: deque[Entry] = deque()
        self._places: dict[bytes, Entry] = {}
        self._tail: Segment | None = None
        self._last_number = 0
        self.bytes = 0
        self.rows = 0

    def open(self) -> None:
        """Take over what ended processes left in the folder, oldest first.

        Raises:
            Unavailable: a file there cannot be read, or the folder cannot be made.
        """
        make_folder(self._folder)
        for path in sorted(self._folder.glob(_NAMES)):
            segment = Segment.adopt(path)
            if segment is not None:
                self._adopt(segment)

    def append(self, predictions: Sequence[Prediction]) -> None:
        """Put them at the end of the line, all or none; they are on the disk afterwards.

        Raises:
            DataError: a value that the database could not hold either.
            StorageFull: the disk has no room.
            Unavailable: the line is as long as it may be, or the disk does not do its work.
        """
        payload = packed(predictions)
        if self.bytes + HEADER_BYTES + len(payload) > self._max_bytes:
            raise Unavailable(
                f"the database is away, and {self.rows} predictions ({self.bytes} bytes of {self._max_bytes}) wait for "
                "it in the spill already: send the request again when it is back, or raise KEEPSHARP_MAX_SPILL_BYTES"
            )
        segment = self._writable()
        try:
            frame = segment.append(payload, len(predictions))
        except Unavailable:
            self._tail = None
            if segment.bytes == 0:
                segment.remove()
            raise
        self._put(Entry(segment, frame), [(one.model, one.id) for one in predictions])

    def find(self, keys: Iterable[Key]) -> dict[Key, Prediction]:
        """Those that wait.

        Raises:
            Unavailable: the disk does not give them back.
        """
        wanted = {key: entry for key in keys if (entry := self._places.get(_digest(key))) is not None}
        found: dict[Key, Prediction] = {}
        for entry in dict.fromkeys(wanted.values()):
            try:
                for one in self.read(entry):
                    if (one.model, one.id) in wanted:
                        found.setdefault((one.model, one.id), one)
            except DataError as error:
                raise Unavailable(f"what was answered before cannot be read: send it again later. {error}") from error
        return found

    def oldest(self, max_rows: int) -> list[Entry]:
        """The first entries: at least one where any waits, and more while they hold no more than `max_rows`."""
        taken: list[Entry] = []
        rows = 0
        for entry in self._line:
            rows += entry.frame.rows
            if taken and rows > max_rows:
                break
            taken.append(entry)
        return taken

    @staticmethod
    def read(entry: Entry) -> list[Prediction]:
        """The predictions of an entry, in order.

        Raises:
            DataError: its bytes were damaged since they were written, or mean nothing to this keepsharp.
            Unavailable: the disk does not do its work.
        """
        payload = entry.segment.payload(entry.frame)
        if payload is None:
            raise DataError(f"{entry.bytes} bytes at {entry.frame.start} of {entry.segment.path} are damaged")
        return unpacked(payload)

    def remove(self, keys: Iterable[Key]) -> None:
        """The first entry holds these and is stored: forget it, and its file when it was the file's last."""
        entry = self._line[0]
        for key in keys:
            if self._places.get(digest := _digest(key)) is entry:
                del self._places[digest]
        self._advance()

    def skip(self) -> None:
        """The first entry cannot be read: forget it; its file is put aside once the rest of it is replayed."""
        entry = self._line[0]
        entry.segment.damaged = True
        self._places = {digest: place for digest, place in self._places.items() if place is not entry}
        self._advance()

    def close(self) -> None:
        """Let go of the files; what waits in them is for whoever comes next."""
        for segment in dict.fromkeys(entry.segment for entry in self._line):
            segment.close()
        self._line.clear()
        self._places.clear()
        self._tail = None
        self.bytes = self.rows = 0

    def _advance(self) -> None:
        entry = self._line.popleft()
        self.bytes -= entry.bytes
        self.rows -= entry.frame.rows
        if not self._line or self._line[0].segment is not entry.segment:
            entry.segment.remove()
            if self._tail is entry.segment:
                self._tail = None

    def _writable(self) -> Segment:
        if self._tail is None or self._tail.sealed or self._tail.bytes >= SEGMENT_BYTES:
            self._last_number = max(self._last_number + 1, time.time_ns())
            make_folder(self._folder)
            self._tail = Segment.create(self._folder, self._last_number)
        return self._tail

    def _put(self, entry: Entry, keys: Iterable[Key]) -> None:
        self._line.append(entry)
        self.bytes += entry.bytes
        self.rows += entry.frame.rows
        for key in keys:
            self._places.setdefault(_digest(key), entry)

    def _put_found(self, entry: Entry) -> None:
        try:
            self._put(entry, [(one.model, one.id) for one in self.read(entry)])
        except DataError as error:
            entry.segment.damaged = True
            log.error("the spill cannot be read, and is kept aside", file=str(entry.segment.aside), problem=str(error))

    def _adopt(self, segment: Segment) -> None:
        before = len(self._line)
        self._last_number = max(self._last_number, int(segment.path.stem.partition("-")[0]))
        for part in segment.frames():
            if isinstance(part, Gap):
                _report(segment, part)
            else:
                self._put_found(Entry(segment, part))
        if len(self._line) == before:
            segment.remove()
        else:
            log.warning("predictions that an ended process spilled are replayed", file=str(segment.path))


def _report(segment: Segment, gap: Gap) -> None:
    size = gap.end - gap.start
    if gap.torn:  # cut off by not being read: the file is deleted once the rest is replayed
        log.warning("a write that was never acknowledged is cut off", file=str(segment.path), bytes=size)
        return
    segment.damaged = True
    log.error("the spill is damaged, and is kept aside", file=str(segment.aside), bytes=size, at=gap.start)


def _digest(key: Key) -> bytes:
    """16 bytes instead of the id, whatever its length: two ids that share them are not met by chance."""
    return blake2b("\0".join(key).encode("utf-8", "surrogatepass"), digest_size=16).digest()
