"""Labels that look wrong, for a person to look at: confident learning, through cleanlab and nowhere else.

The probabilities are those that were answered before the label existed, so that no row was trained on its own label.
A label that is listed stays what it is.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from infra.domain.predictions import Answered
from infra.domain.values import Answer, class_name
from infra.spec import ModelSpec

LEAST_LABELS = 50
"""Fewer say too little about how often one class is called another."""
LEAST_OF_A_CLASS = 5
"""Labels of rarer classes are left out: nothing is usual for them."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Suspect:
    """A label that looks wrong. `quality` is what the model gave the label's class, 0..1: the lower the odder."""

    prediction_id: str
    label: Answer
    answer: Answer
    probability: float
    """Of the answer."""
    quality: float
    source: str


def suspects(rows: Sequence[Answered]) -> list[Suspect] | None:
    """Labels whose class the answer all but rules out, oddest first; None where it cannot be said.

    It needs probabilities and two classes among at least 50 labels. Northcutt, Jiang and Chuang 2021: a label is
    suspect when another class is as likely as is usual for rows of that class, pruned by the estimated noise rates.
    """
    counts = Counter(class_name(row.label.value) for row in rows if row.label is not None)
    names = sorted(name for name, count in counts.items() if count >= LEAST_OF_A_CLASS)
    labelled = [
        row
        for row in rows
        if row.label is not None and row.prediction.probabilities and class_name(row.label.value) in names
    ]
    given = np.array([names.index(class_name(row.label.value)) for row in labelled if row.label is not None])
    if len(labelled) < LEAST_LABELS or len(set(given.tolist())) < len(names) or len(names) < 2:
        return None
    table = np.array([[(row.prediction.probabilities or {}).get(name, 0.0) for name in names] for row in labelled])
    table = np.clip(table, 1e-9, None)  # a class that was never trained on has no probability
    table /= table.sum(axis=1, keepdims=True)
    return [_suspect(labelled[place], float(table[place, given[place]])) for place in _ranked(given, table)]


def _ranked(given: NDArray[np.int64], table: NDArray[np.float64]) -> list[int]:
    """Places of the suspects, oddest first."""
    from cleanlab.filter import find_label_issues

    places = find_label_issues(
        given, table, filter_by="both", return_indices_ranked_by="self_confidence", n_jobs=1, verbose=False
    )
    return [int(place) for place in places]


def _suspect(row: Answered, quality: float) -> Suspect:
    assert row.label is not None
    return Suspect(
        prediction_id=row.prediction.id,
        label=row.label.value,
        answer=row.prediction.value,
        probability=(row.prediction.probabilities or {}).get(class_name(row.prediction.value), 0.0),
        quality=quality,
        source=row.label.source,
    )


def more_than_errors(found: int, labelled: int, known_error: float, spec: ModelSpec) -> bool:
    """Whether the suspects are more than the answers that the model is known to get wrong could account for."""
    return labelled > 0 and float(stats.binom.sf(found - 1, labelled, known_error)) < spec.monitoring.alpha
