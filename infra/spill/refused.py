"""Spilled predictions that the database will never take, kept for a person: one JSON line each, with the reason."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

import orjson

from infra.domain.predictions import Prediction
from infra.spill.disk import disk_error, sync_folder, write_durably
from infra.spill.payload import packed

FILE = "refused.jsonl"


class Refused:
    """The file of refused predictions in a spill folder; several processes may share it."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / FILE
        self.rows = len(_lines(self._path))
        """Those in the file when it was opened, and those added since."""

    def add(self, prediction: Prediction, reason: str) -> Path:
        """Keep it durably; one that is there already, since a replay was cut short, is not added again.

        Raises:
            StorageFull: the disk has no room.
            Unavailable: the disk does not do its work.
        """
        said = packed([prediction])[1:-1]
        line = orjson.dumps({"reason": reason, "prediction": orjson.Fragment(said)})
        try:
            with self._path.open("ab", buffering=0) as file:
                fcntl.flock(file, fcntl.LOCK_EX)
                before = file.tell()
                if any(said in known for known in _lines(self._path)):
                    return self._path
                try:
                    write_durably(file.fileno(), line + b"\n")
                except OSError:
                    os.ftruncate(file.fileno(), before)
                    raise
            sync_folder(self._path.parent)
        except OSError as error:
            raise disk_error(error, self._path) from error
        self.rows += 1
        return self._path


def count_refused(folder: Path) -> int:
    """How many predictions the spill folder's file of refused ones holds."""
    return len(_lines(folder / FILE))


def _lines(path: Path) -> list[bytes]:
    try:
        return path.read_bytes().splitlines() if path.exists() else []
    except OSError as error:
        raise disk_error(error, path) from error
