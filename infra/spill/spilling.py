"""Predictions go to the database, or to the disk while it is away; a thread replays them when it is back.

While anything waits, new predictions join the line, so that the order of arrival holds. It knows the port and the
line, and nothing of SQL or HTTP. Each replica keeps files of its own in the folder, and takes over at its start what
an ended one left there.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from pathlib import Path

import structlog

from infra.domain.errors import DataError, StorageFull, Unavailable
from infra.domain.predictions import Prediction
from infra.ports import Predictions
from infra.spill.refused import Refused
from infra.spill.replaying import replay
from infra.spill.waiting import Entry, Key, Waiting
from infra.stores.arrivals import decide_new

_ROWS_AT_ONCE = 2_000
log = structlog.get_logger(__name__)


class SpillingPredictions:
    """`add` and `find` of the port `Predictions`, for a database that may be away. Thread-safe."""

    def __init__(
        self,
        predictions: Predictions,
        folder: Path,
        max_bytes: int,
        *,
        on_change: Callable[[int], None] | None = None,
        probe_seconds: float = 1.0,
    ) -> None:
        """Before `start` and after `close` nothing is spilled.

        Args:
            predictions: the database.
            folder: where predictions wait, as long as they do.
            max_bytes: how much may wait.
            on_change: is told how many bytes wait, each time that it changes; it must return at once.
            probe_seconds: after a failure, how long before the database is tried again.
        """
        self._predictions, self._folder, self._max_bytes = predictions, folder, max_bytes
        self._on_change, self._probe_seconds = on_change, probe_seconds
        self._changed = threading.Condition()  # guards all that follows
        self._waiting = Waiting(folder, max_bytes)
        self._refused: Refused | None = None
        self._is_open = False
        self._is_away = False
        self._thread: threading.Thread | None = None

    @property
    def bytes(self) -> int:
        """On disk, waiting for the database."""
        return self._waiting.bytes

    @property
    def rows(self) -> int:
        """Waiting for the database."""
        return self._waiting.rows

    @property
    def rows_refused(self) -> int:
        """In the file of those that the database will never take; 0 before `start`."""
        return 0 if self._refused is None else self._refused.rows

    def start(self) -> None:
        """Take over what an earlier process left, and start the thread that replays.

        Raises:
            Unavailable: the folder cannot be used.
        """
        with self._changed:
            try:
                self._waiting.open()
            except StorageFull as error:  # heals by itself, and nothing is spilled until then
                log.warning("the spill's folder cannot be made yet", problem=str(error))
            self._refused = Refused(self._folder)
            self._is_open, self._is_away = True, False
            self._tell()
        self._thread = threading.Thread(target=self._run, name="spill", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """End the thread and let go of the files; what waits is for the next process. Blocks until it ended."""
        with self._changed:
            self._is_open = False
            self._changed.notify_all()
        if self._thread is not None:
            self._thread.join()
            self._thread = None
        with self._changed:
            self._waiting.close()
            self._is_away = False

    def add(self, given: Sequence[Prediction]) -> list[Prediction]:
        """Store all of them durably, in the database or on disk, and return what now stands under each id.

        While the database is away an id that is only there counts as new: its replay decides.

        Raises:
            Conflict: an id was used before with other features; nothing was stored.
            DataError: a value that cannot be stored.
            StorageFull: the disk is full; nothing was stored.
            Unavailable: the database is away and the spill is full; nothing was stored.
        """
        with self._changed:
            if not given or not self._is_open:
                return self._predictions.add(given)
            if not self._is_away and not self._waiting.rows:
                try:
                    return self._predictions.add(given)
                except StorageFull:  # answers at once, and may be gone by the next time
                    pass
                except Unavailable as error:
                    self._lose(error)
            return self._spill(given)

    def find(self, model: str, ids: Sequence[str]) -> dict[str, Prediction]:
        """Those that wait or are stored, by id; while the database is away, those that wait.

        Raises:
            Unavailable: the database has just gone away.
        """
        with self._changed:
            found = {name: one for (_, name), one in self._waiting.find((model, name) for name in ids).items()}
            is_away = self._is_away
        rest = [name for name in ids if name not in found]
        return found | (self._predictions.find(model, rest) if rest and not is_away else {})

    def _spill(self, given: Sequence[Prediction]) -> list[Prediction]:
        standing = self._standing(given)
        for model in dict.fromkeys(one.model for one in given):
            mine = [one for one in given if one.model == model]
            stood = {name: one for (named, name), one in standing.items() if named == model}
            new = decide_new(mine, stood)
            standing.update({(model, name): one for name, one in new.items()})
        news = [one for one in given if standing[one.model, one.id] is one]
        if news:
            self._waiting.append(list({(one.model, one.id): one for one in news}.values()))
            self._tell()
        return [standing[one.model, one.id] for one in given]

    def _standing(self, given: Sequence[Prediction]) -> dict[Key, Prediction]:
        """What waits under these ids, and what is stored under them where the database can be asked."""
        standing = self._waiting.find((one.model, one.id) for one in given)
        rest = [one for one in given if (one.model, one.id) not in standing]
        for model in dict.fromkeys(one.model for one in rest):
            if not self._is_away:
                try:
                    stored = self._predictions.find(model, [one.id for one in rest if one.model == model])
                except Unavailable as error:
                    self._lose(error)
                else:
                    standing.update({(model, name): one for name, one in stored.items()})
        return standing

    def _lose(self, error: Unavailable) -> None:
        if not self._is_away:
            log.warning("the database is away: predictions are spilled until it is back", problem=str(error))
        self._is_away = True
        self._changed.notify_all()

    def _tell(self) -> None:
        self._changed.notify_all()
        if self._on_change is not None:
            self._on_change(self._waiting.bytes)

    def _run(self) -> None:
        while self._has_work():
            if not self._drain():
                with self._changed:
                    self._changed.wait_for(lambda: not self._is_open, self._probe_seconds)

    def _has_work(self) -> bool:
        """Wait for work; False when closed."""
        with self._changed:
            self._changed.wait_for(lambda: self._is_away or self._waiting.rows or not self._is_open)
            return self._is_open

    def _drain(self) -> bool:
        """Store the oldest that wait; whether the database took them. The lock is held only beside the database."""
        with self._changed:
            entries = self._waiting.oldest(_ROWS_AT_ONCE)
        try:
            read = self._read(entries)
            if read:
                replay(self._predictions, [one for part in read for one in part], self._refuse)
            else:
                self._predictions.last_seq("")  # nothing waits: only ask whether it is there
        except Unavailable as error:
            with self._changed:
                self._lose(error)
            return False
        except Exception:
            log.exception("spilled predictions could not be replayed: they are tried again")
            return False
        with self._changed:
            for part in read:
                self._waiting.remove([(one.model, one.id) for one in part])
            self._found(sum(map(len, read)))
        return True

    def _read(self, entries: Sequence[Entry]) -> list[list[Prediction]]:
        """The predictions of the entries up to the first that is damaged; a damaged first one is put aside."""
        read: list[list[Prediction]] = []
        for entry in entries:
            try:
                read.append(self._waiting.read(entry))
            except DataError as error:
                if not read:
                    with self._changed:
                        self._waiting.skip()
                        self._tell()
                    aside = str(entry.segment.aside)
                    log.error("spilled predictions cannot be read, and are kept aside", file=aside, problem=str(error))
                break
        return read

    def _found(self, rows: int) -> None:
        if self._is_away:
            log.info("the database is back")
        if rows:
            log.info("spilled predictions are stored", rows=rows, left=self._waiting.rows)
        self._is_away = False
        self._tell()

    def _refuse(self, prediction: Prediction, reason: str) -> None:
        assert self._refused is not None
        kept = self._refused.add(prediction, reason)
        log.error(
            "a spilled prediction is refused by the database and kept aside",
            model=prediction.model,
            id=prediction.id,
            file=str(kept),
            problem=reason,
        )
