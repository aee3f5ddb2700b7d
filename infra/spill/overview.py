"""What lies in a spill folder, seen from outside: for a person who asks. It takes nothing over and changes nothing."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from infra.spill.disk import disk_error
from infra.spill.frames import rows_announced
from infra.spill.refused import count_refused
from infra.spill.segment import DAMAGED_SUFFIX, SUFFIX


@dataclass(frozen=True, kw_only=True, slots=True)
class Overview:
    """Rows and bytes that wait, rows that the database refused, files that are damaged."""

    rows: int
    bytes: int
    refused: int
    damaged: int


def look_into(folder: Path) -> Overview:
    """What waits there now. Rows that were replayed a moment ago still count until their file goes.

    Raises:
        Unavailable: the folder cannot be read.
    """
    found = [_measure(path) for path in folder.glob(f"*{SUFFIX}")]
    return Overview(
        rows=sum(rows for rows, _ in found),
        bytes=sum(size for _, size in found),
        refused=count_refused(folder),
        damaged=len(list(folder.glob(f"*{DAMAGED_SUFFIX}"))),
    )


def _measure(path: Path) -> tuple[int, int]:
    """Rows and bytes of one file; none where it was replayed meanwhile."""
    try:
        with path.open("rb", buffering=0) as file:
            descriptor = file.fileno()
            rows = rows_announced(lambda start, length: os.pread(descriptor, length, start))
            return rows, os.fstat(descriptor).st_size
    except FileNotFoundError:
        return 0, 0
    except OSError as error:
        raise disk_error(error, path) from error
