"""Keeps operations that could not be sent, on disk and in order, until they can.

One folder an operation, written beside its place and moved into it whole, so that a killed process leaves either
all of it or none, and several processes may add at once. It does not know what the operations mean.
"""

from __future__ import annotations

import fcntl
import itertools
import json
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from infra.domain.errors import DataError

Json = dict[str, object]


@dataclass(frozen=True, kw_only=True, slots=True)
class Operation:
    """One thing to tell the tracker: about which model and run, what, and the folder of files that goes with it."""

    kind: str
    model: str
    run: str
    """Our own name for the run; empty where the operation belongs to none."""
    body: Json
    files: Path | None = None


class Spool:
    """Operations waiting under `folder`, oldest first, and those that were refused for good."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._waiting = folder / "waiting"
        self._rejected = folder / "rejected"
        self._count = itertools.count()

    def add(self, operation: Operation) -> None:
        """Keep it, with a copy of its files."""
        self._store(operation, self._waiting)

    def reject(self, operation: Operation, reason: str) -> None:
        """Keep it aside, with the reason, for a person to look at: sending it again would change nothing."""
        body = {**operation.body, "rejected_because": reason}
        self._store(replace(operation, body=body), self._rejected)

    def waiting(self) -> list[Path]:
        """The operations' folders, oldest first."""
        return sorted(self._waiting.iterdir()) if self._waiting.is_dir() else []

    def rejected(self) -> list[Path]:
        """The refused operations' folders, oldest first."""
        return sorted(self._rejected.iterdir()) if self._rejected.is_dir() else []

    def read(self, entry: Path) -> Operation:
        """Raises DataError when the entry is damaged."""
        try:
            fields = json.loads((entry / "operation.json").read_text(encoding="utf-8"))
            files = entry / "files"
            return Operation(**fields, files=files if files.is_dir() else None)
        except (ValueError, TypeError) as error:
            raise DataError(f"{entry} is not a kept tracker operation ({error}): move it away to go on") from error

    def remove(self, entry: Path) -> None:
        """Forget an operation that was sent."""
        done = entry.with_name(f".{entry.name}")
        entry.rename(self._folder / done.name)  # gone in one step, even when deleting its files is cut short
        shutil.rmtree(self._folder / done.name)

    @contextmanager
    def alone(self) -> Iterator[bool]:
        """True for the one process that may send now, False for the others."""
        self._folder.mkdir(parents=True, exist_ok=True)
        with (self._folder / "lock").open("a") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                yield False
                return
            yield True

    def _store(self, operation: Operation, place: Path) -> None:
        name = f"{time.time_ns():020d}-{os.getpid()}-{next(self._count):06d}"
        draft = self._folder / f".{name}"
        draft.mkdir(parents=True)
        if operation.files is not None:
            shutil.copytree(operation.files, draft / "files")
        fields = {key: value for key, value in asdict(operation).items() if key != "files"}
        (draft / "operation.json").write_text(json.dumps(fields), encoding="utf-8")
        place.mkdir(exist_ok=True)
        draft.rename(place / name)
