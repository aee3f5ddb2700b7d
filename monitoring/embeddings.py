"""Two samples as the network sees them: can a simple classifier tell them apart?

A domain classifier (logistic regression) learns which sample a row is from on one half of the rows and is asked about
the other half, and the other way round; its AUC is 0.5 when there is no telling. The rows it is asked about were not
learnt from, so the Mann-Whitney test of its scores is exact given what it learnt, and needs no permutations
(Lopez-Paz and Oquab 2017, "Revisiting classifier two-sample tests"). It knows nothing of networks.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from monitoring.columns import Compared
from monitoring.drawing import even_places

MOST_ROWS = 1_000
"""Of each sample, drawn evenly."""
_STRENGTH = 0.1
"""Of the classifier: regularised, since a few hundred rows have as many as a hundred directions."""
_STEPS = 200
Floats = NDArray[np.float64]


def compare_embeddings(before: Floats, after: Floats, minimum_rows: int) -> Compared | str:
    """Compare rows × size with rows × size, or say in words why that cannot be done.

    `score` is the AUC averaged over both halves, `effect` twice its excess over 0.5, so 0..1; `p_value` the smaller
    of the two halves', doubled.
    """
    fewest = min(len(before), len(after))
    if fewest < 2 * minimum_rows:
        return f"not enough data ({fewest} of {2 * minimum_rows} rows)"
    rows = np.concatenate([evenly(before), evenly(after)])
    spread = rows.std(axis=0)
    rows = (rows - rows.mean(axis=0))[:, spread > 0.0] / spread[spread > 0.0]
    if rows.shape[1] == 0 or not np.isfinite(rows).all():
        return "the network gives every row the same" if rows.shape[1] == 0 else "the network gives no finite numbers"
    current = np.arange(len(rows)) >= min(len(before), MOST_ROWS)
    first = np.arange(len(rows)) % 2 == 0
    halves = [_asked(rows, current, learnt) for learnt in (first, ~first)]
    area = float(np.mean([area for area, _ in halves]))
    p_value = min(1.0, 2.0 * min(p_value for _, p_value in halves))
    return Compared(method="domain_auc", score=area, effect=max(0.0, 2.0 * area - 1.0), p_value=p_value)


def evenly(rows: Floats, most: int = MOST_ROWS) -> Floats:
    """At most `most` rows, evenly spaced."""
    if len(rows) <= most:
        return rows
    drawn: Floats = rows[even_places(len(rows), most)]
    return drawn


def _asked(rows: Floats, current: NDArray[np.bool_], learnt: NDArray[np.bool_]) -> tuple[float, float]:
    """(AUC, one-sided p-value) on the rows that were not learnt from."""
    from sklearn.linear_model import LogisticRegression

    classifier = LogisticRegression(C=_STRENGTH, max_iter=_STEPS, tol=1e-3).fit(rows[learnt], current[learnt])
    scores, truth = classifier.decision_function(rows[~learnt]), current[~learnt]
    found = stats.mannwhitneyu(scores[truth], scores[~truth], alternative="greater", method="asymptotic")
    pairs = float(truth.sum()) * float((~truth).sum())
    return float(found.statistic) / pairs, float(found.pvalue)
