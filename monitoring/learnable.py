"""Whether contradictions follow from what is known about the rows: a changed world can be learnt, thrown labels cannot.

It answers with a p-value, not with a verdict, and sees neither pictures nor order in time.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from infra.domain.predictions import Prediction

FOLDS = 3
PICTURE = "image"


def learnability(predictions: Sequence[Prediction], contradicted: Sequence[bool]) -> float | None:
    """The one-sided p-value of "which answers are contradicted has nothing to do with the rows".

    A forest guesses each row's flag from the features of rows in other folds, and a rank test (Mann and Whitney 1947)
    says whether its guesses are better than chance (a classifier two-sample test; Lopez-Paz and Oquab 2017). None
    where it cannot be asked: too few of either kind, or pictures.
    """
    from sklearn.ensemble import RandomForestClassifier  # half a second, and most processes never ask
    from sklearn.model_selection import StratifiedKFold, cross_val_predict

    flags = np.asarray(contradicted, dtype=np.bool_)
    if min(int(flags.sum()), int((~flags).sum())) < 2 * FOLDS:
        return None
    if any(PICTURE in one.features for one in predictions) or not predictions[0].features:
        return None
    table = _table(predictions)
    forest = RandomForestClassifier(n_estimators=60, min_samples_leaf=3, random_state=0, n_jobs=1)
    folds = StratifiedKFold(n_splits=FOLDS, shuffle=True, random_state=0)
    guesses = cross_val_predict(forest, table, flags, cv=folds, method="predict_proba")[:, 1]
    test = stats.mannwhitneyu(guesses[flags], guesses[~flags], alternative="greater")
    return float(test.pvalue)


def _table(predictions: Sequence[Prediction]) -> NDArray[np.float64]:
    """n × features: numbers as they are, texts by their frequency's rank, what is missing as a value of its own."""
    frame = pd.DataFrame([dict(one.features) for one in predictions])
    columns = []
    for name in frame:
        column = frame[name]
        numbers = pd.to_numeric(column.map(_number), errors="coerce")
        if numbers.notna().sum() < column.notna().sum():
            ranks = {value: place for place, value in enumerate(column.astype(str).value_counts().index)}
            numbers = column.astype(str).map(ranks)
        columns.append(numbers.astype(float).fillna(-1e9).clip(-1e9, 1e9).to_numpy())
    return np.column_stack(columns)


def _number(value: object) -> object:
    return float(value) if isinstance(value, (bool, int, float)) else None
