"""A labelled history as traffic: a first part to train on, then window after window, each label late.

Prequential: a window is answered before any of its labels is known. It knows nothing of models or policies.
"""

from __future__ import annotations

import hashlib
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

import numpy as np

from flows.training.examples import Examples
from infra.domain.errors import DataError
from infra.domain.values import Answer
from infra.model.columns import ColumnKind
from infra.model.read_frame import ReadFrame
from infra.spec import ModelSpec

LEAST_TO_TRAIN, LEAST_BATCHES = 100, 4


@dataclass(frozen=True, kw_only=True, slots=True)
class Batch:
    """Rows `start` up to `stop`, answered as one window. Once they were, the labels of the rows before `known` are
    known."""

    index: int
    start: int
    stop: int
    known: int

    @property
    def rows(self) -> int:
        return self.stop - self.start


@dataclass(frozen=True, kw_only=True)
class Stream:
    """The history read once, and how it is cut. Rows before `first_rows` train the first champion."""

    spec: ModelSpec
    kinds: Mapping[str, ColumnKind]
    examples: Examples
    frame: ReadFrame
    first_rows: int
    batches: tuple[Batch, ...]

    @property
    def rows(self) -> int:
        """Rows that are answered."""
        return len(self.examples) - self.first_rows

    @cached_property
    def truth(self) -> np.ndarray:
        """The target of every row: class names (object), or float64."""
        kind = object if self.spec.task == "classification" else np.float64
        return np.array(self.examples.target, dtype=kind)

    @cached_property
    def identity(self) -> str:
        """Hash of everything a training depends on beside its own rows, start, settings and seed."""
        digest = hashlib.sha256(repr(sorted(self.kinds.items())).encode())
        digest.update(self.spec.model_dump_json(include={"task", "learner", "data"}).encode())
        digest.update(repr(self.examples.target).encode())
        for name in self.frame.columns:
            digest.update(repr(self.frame[name].raw.tolist()).encode())
        return digest.hexdigest()

    def target(self, places: np.ndarray) -> list[Answer]:
        """The truths of these rows."""
        return [self.examples.target[place] for place in places.tolist()]


def cut_stream(
    spec: ModelSpec,
    examples: Examples,
    kinds: Mapping[str, ColumnKind],
    *,
    share: float = 0.2,
    first: int | None = None,
) -> Stream:
    """The history cut as the model file says: windows by rows or event time, labels by their expected delay.

    `first` rows train the first champion, or this `share` of them.

    Raises:
        DataError: one side of the cut is too small.
    """
    rows = len(examples)
    first_rows = int(rows * share) if first is None else first
    batches = tuple(_batches(spec, examples.times, first_rows))
    if first_rows < LEAST_TO_TRAIN or len(batches) < LEAST_BATCHES:
        raise DataError(
            f"{rows} rows give {first_rows} to train on and {len(batches)} windows of {spec.monitoring.window} to "
            f"answer: at least {LEAST_TO_TRAIN} and {LEAST_BATCHES} are needed. Give more rows, a shorter "
            "monitoring.window, or another `--share`"
        )
    frame = ReadFrame.read(examples.frame, kinds)
    return Stream(spec=spec, kinds=kinds, examples=examples, frame=frame, first_rows=first_rows, batches=batches)


def _batches(spec: ModelSpec, times: Sequence[datetime], first_rows: int) -> Iterator[Batch]:
    window, start, index = spec.monitoring.window, first_rows, 0
    while start < len(times):
        if window.rows is not None:
            stop = min(start + window.rows, len(times))
        else:
            assert window.duration is not None
            until = bisect_left(times, times[start] + window.duration, start)
            stop = min(max(until, start + spec.monitoring.minimum_rows), len(times))
        yield Batch(index=index, start=start, stop=stop, known=_known(spec, times, first_rows, stop))
        start, index = stop, index + 1


def _known(spec: ModelSpec, times: Sequence[datetime], first_rows: int, stop: int) -> int:
    """Rows whose label has come by the moment the row before `stop` was answered; of the first part, all."""
    delay = spec.label_delay
    if delay.rows is not None:
        return max(first_rows, stop - delay.rows)
    assert delay.duration is not None
    latest = times[stop - 1] - delay.duration
    return max(first_rows, bisect_right(times, latest, 0, stop))
