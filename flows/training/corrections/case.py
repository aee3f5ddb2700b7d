"""What is examined of one run, and all its rows as the model before and the model after read them.

Without a model before, it is an answer that knows no feature: how frequent each class is in training, or the mean of
a number.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import numpy.typing as npt

from flows.training.corrections.pushing import Layers
from flows.training.corrections.readings import Readings, read_knowing_nothing, read_rows, spread_of
from flows.training.corrections.trajectory import Trajectory
from flows.training.examples import Examples, join
from infra.domain.corrections import Part
from infra.model.bundle import ModelBundle
from infra.model.read_frame import ReadFrame
from infra.spec import ModelSpec

TOLERATED = 2.0
"""A number's error is a mistake above this many times the mean error that the model before was accepted at."""


@dataclass(frozen=True, kw_only=True)
class Case:
    """One run: its rows by part, the model it made, the path there, and the model that served before, if any."""

    spec: ModelSpec
    run_id: str
    at: datetime
    parts: Mapping[Part, Examples]
    after: ModelBundle
    trajectory: Trajectory
    before: ModelBundle | None = None
    before_version: int | None = None
    accepted: float | None = None
    """The level of the headline metric that the model before was accepted at."""
    layers: Layers = "last_layer"
    """Which layers the pushers are read from."""
    budget_seconds: float | None = None
    """What looking at the rows may take; None bounds nothing."""
    drawn_of: int | None = None
    """How many training rows there are, where those of `parts` were drawn from them; None where these are all."""

    @property
    def tolerance(self) -> float | None:
        """How far off a number may be before it is a mistake; None for classes."""
        if self.spec.task == "classification":
            return None
        return TOLERATED * (self.accepted if self.accepted is not None else spread_of(self.parts["train"].target))


@dataclass(frozen=True, kw_only=True)
class Labelled:
    """All n rows of a run in one piece, as both models read them. `part` names each row's part."""

    rows: Examples
    part: npt.NDArray[np.object_]
    frame: ReadFrame
    before: Readings
    after: Readings

    @property
    def mistakes(self) -> npt.NDArray[np.int64]:
        """Places of what the model before has wrong."""
        return np.flatnonzero(self.before.wrong)

    @property
    def flips(self) -> npt.NDArray[np.int64]:
        """Places of what it has right and the model after has wrong."""
        return np.flatnonzero(~self.before.wrong & self.after.wrong)


def read_case(case: Case) -> Labelled:
    """Read every row with both models.

    Raises:
        DataError: a row that one of them cannot read.
    """
    rows, kinds = join(*case.parts.values()), case.after.schema.kinds
    part = np.concatenate([np.full(len(examples), name, dtype=object) for name, examples in case.parts.items()])
    frame = ReadFrame.read(rows.frame, kinds)
    if case.before is None:
        task, learnt = case.spec.task, case.parts["train"].target
        before = read_knowing_nothing(learnt, rows.target, task=task, tolerance=case.tolerance)
    else:
        same = case.before.schema.kinds == kinds
        theirs = frame if same else ReadFrame.read(rows.frame, case.before.schema.kinds)
        before = read_rows(case.before, theirs, rows.target, case.tolerance)
    after = read_rows(case.after, frame, rows.target, case.tolerance)
    return Labelled(rows=rows, part=part, frame=frame, before=before, after=after)
