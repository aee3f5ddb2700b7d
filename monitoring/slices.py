"""The headline metric on each slice of a window. It knows which columns are slices, and finds none by itself."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from infra.domain.predictions import Answered
from infra.domain.values import class_name
from infra.domain.windows import SliceScore
from infra.spec import ModelSpec
from monitoring.intervals import headline

MINIMUM_ROWS = 20
MOST_VALUES = 20
MISSING = "missing"


def slice_scores(labelled: Sequence[Answered], losses: NDArray[np.float64], spec: ModelSpec) -> tuple[SliceScore, ...]:
    """Accuracy or MAE with its interval for the most frequent values of each slice column, largest slice first.

    `losses` are those of `labelled`, in its order. A value with fewer than 20 labelled rows is left out, and
    beyond 20 values of a column the rarest are.
    """
    scores: list[SliceScore] = []
    for column in spec.data.slices:
        groups: dict[str, list[int]] = defaultdict(list)
        for place, row in enumerate(labelled):
            if column in row.prediction.features:
                value = row.prediction.features[column]
                groups[MISSING if value is None else class_name(value)].append(place)
        large = [(value, places) for value, places in groups.items() if len(places) >= MINIMUM_ROWS]
        large.sort(key=lambda group: (-len(group[1]), group[0]))
        for value, places in large[:MOST_VALUES]:
            score, low, high = headline(losses[places], spec)
            scores.append(SliceScore(column=column, value=value, rows=len(places), score=score, low=low, high=high))
    return tuple(scores)
