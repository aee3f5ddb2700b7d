"""How far a training is, from the file that it writes: read again only when it has grown, for all pages of a process.

It knows the records of `flows.retraining.progress` and nothing of HTML.
"""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from infra.progress import progress_file, read_progress

RECENT_SECONDS = 600.0


@dataclass(frozen=True, kw_only=True, slots=True)
class EpochSeen:
    """The figures of one epoch. What was not kept is None."""

    number: int
    train_loss: float
    validation_loss: float
    score: float
    gradient_norm: float | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Training:
    """What is known of a training. `of` is the most epochs there can be; `ended` is None while nothing says so."""

    epochs: tuple[EpochSeen, ...]
    of: int
    rows: int
    began: datetime | None
    heard: datetime | None
    seconds_left: float | None
    cost_so_far: float | None
    currency: str
    ended: str | None
    message: str
    notes: tuple[str, ...]

    @property
    def share(self) -> float:
        """Of the epochs there can be, 0..1."""
        return len(self.epochs) / self.of if self.of else 0.0


def training_of(artifacts: Path, run_id: str) -> Training | None:
    """What a run's file says; None where there is none."""
    mark = mark_of(artifacts, run_id)
    return None if mark is None else _read(artifacts, run_id, mark)


def mark_of(artifacts: Path, run_id: str) -> tuple[int, int] | None:
    """Size and time of the file, by which it is seen to have grown; None where there is none."""
    try:
        found = progress_file(artifacts, run_id).stat()
    except FileNotFoundError:
        return None
    return found.st_size, found.st_mtime_ns


def growing(artifacts: Path) -> dict[str, tuple[int, int]]:
    """By run: the mark of every training that has told something within the last ten minutes."""
    folder, since = progress_file(artifacts, "").parent, time.time() - RECENT_SECONDS
    found = {}
    with suppress(FileNotFoundError), os.scandir(folder) as files:
        for file in files:
            known = file.stat()
            if file.name.endswith(".jsonl") and known.st_mtime > since:
                found[file.name.removesuffix(".jsonl")] = (known.st_size, known.st_mtime_ns)
    return found


@lru_cache(maxsize=64)
def _read(artifacts: Path, run_id: str, _mark: tuple[int, int]) -> Training:
    """`_mark` says which state of the file is meant."""
    began: Mapping[str, Any] = {}
    ended: Mapping[str, Any] | None = None
    last: Mapping[str, Any] = {}
    epochs: dict[int, EpochSeen] = {}
    records = read_progress(artifacts, run_id)
    for one in records:
        if one["event"] == "began":
            began, ended = one, None
        elif one["event"] == "epoch":
            last = one
            epochs[one["number"]] = _epoch(one)
        elif one["event"] == "ended":
            ended = one
    return Training(
        epochs=tuple(epochs[number] for number in sorted(epochs)),
        of=int(began.get("epochs") or 0),
        rows=int(began.get("rows") or 0),
        began=_moment(began),
        heard=_moment(records[-1]) if records else None,
        seconds_left=last.get("seconds_left"),
        cost_so_far=last.get("cost_so_far"),
        currency=str(last.get("currency") or ""),
        ended=None if ended is None else str(ended["state"]),
        message="" if ended is None else str(ended["message"]),
        notes=() if ended is None else tuple(ended["notes"]),
    )


def _epoch(one: Mapping[str, Any]) -> EpochSeen:
    return EpochSeen(
        number=one["number"],
        train_loss=one["train_loss"],
        validation_loss=one["validation_loss"],
        score=one["validation_score"],
        gradient_norm=one.get("gradient_norm"),
    )


def _moment(one: Mapping[str, Any]) -> datetime | None:
    return datetime.fromisoformat(one["at"]) if "at" in one else None
