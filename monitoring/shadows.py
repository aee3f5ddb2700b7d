"""What another version said beside what was answered, on the same labelled rows: which was nearer the truth.

Pure: pairs in, a report out. It knows nothing of how the pairs came about. What cannot be measured is None, never 0.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np

from infra.domain.predictions import Answered
from infra.domain.shadows import ShadowAnswer, ShadowReport
from monitoring.intervals import mean_interval
from monitoring.performance import loss_of

ALPHA = 0.05
MINIMUM_ROWS = 30
"""With fewer labelled rows the interval of a difference says nothing."""


def compare(
    pairs: Sequence[tuple[ShadowAnswer, Answered]], task: Literal["classification", "regression"]
) -> ShadowReport:
    """Measure both sides of each pair that has a label; the interval is Student's, over the paired differences."""
    known = [(said, row.prediction.value, row.label.value) for said, row in pairs if row.label is not None]
    metric: Literal["accuracy", "mae"] = "accuracy" if task == "classification" else "mae"
    if not known:
        return ShadowReport(metric=metric, labelled=0)
    theirs = np.array([loss_of(said.value, true, task) for said, _, true in known])
    ours = np.array([loss_of(answer, true, task) for _, answer, true in known])
    apart = np.array([loss_of(said.value, answer, task) for said, answer, _ in known])
    bounds = mean_interval(ours - theirs, ALPHA) if len(known) >= MINIMUM_ROWS else (None, None)
    classes = task == "classification"
    return ShadowReport(
        metric=metric,
        labelled=len(known),
        shadow=float(1.0 - theirs.mean() if classes else theirs.mean()),
        answered=float(1.0 - ours.mean() if classes else ours.mean()),
        gain=float((ours - theirs).mean()),
        low=bounds[0],
        high=bounds[1],
        agreement=float(1.0 - apart.mean()) if classes else None,
        distance=None if classes else float(apart.mean()),
    )
