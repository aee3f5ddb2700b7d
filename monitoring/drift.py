"""Did the columns of a window move against the reference? One report, with keepsharp's verdict for each column.

Evidently gives the score of each column that may have drifted; on top of it stand an effect-size floor, so that a
tiny shift in many rows is no drift, and false-discovery control, so that many columns do not cry wolf
(Benjamini and Hochberg 1995). A column below the floor, or not significant by itself, cannot be called drifted, so
Evidently, which draws a chart of 30 ms for each, is not asked about it: its score is our own p-value.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from scipy.stats import false_discovery_control

from infra.domain.windows import ColumnDrift, ColumnRole, DriftReport
from monitoring.columns import Compared, compare_categories, compare_numbers
from monitoring.evidently_report import evidently_scores

PREDICTION = "prediction"
MOST_ASKED = 20
"""Evidently is asked about this many columns of a window at most, those that moved most."""


def drift_report(
    reference: pd.DataFrame,
    current: pd.DataFrame,
    kinds: Mapping[str, str],
    *,
    alpha: float,
    minimum_effect: float,
    minimum_rows: int = 30,
    unknown_categories: int = 0,
) -> DriftReport:
    """Compare each column in `kinds` (numeric, categorical, boolean, picture; carried ones are left out).

    The answers are the column `prediction`, with its kind. Pictures are summarised beforehand
    (`monitoring.pictures.summarise_pictures`). A column that cannot be compared is in `not_judged` with the reason.
    `p_value` is adjusted for the number of columns: drifted means that it is at most `threshold` (alpha) and the
    effect at least `minimum_effect`; `score` is the method's own p-value, unadjusted.
    """
    compared: dict[str, Compared] = {}
    not_judged: dict[str, str] = {}
    for name, kind in kinds.items():
        if kind == "carried":
            continue
        found = _compare(reference, current, name, kind, minimum_rows)
        if isinstance(found, str):
            not_judged[name] = found
        else:
            compared[name] = found
    scores = evidently_scores(worth_asking(compared, alpha, minimum_effect))
    columns = _verdicts(compared, scores, kinds, alpha, minimum_effect)
    return DriftReport(
        reference_rows=len(reference),
        current_rows=len(current),
        columns=columns,
        unknown_categories=unknown_categories,
        not_judged=not_judged or None,
    )


def _compare(reference: pd.DataFrame, current: pd.DataFrame, name: str, kind: str, minimum_rows: int) -> Compared | str:
    for which, frame in (("reference", reference), ("window", current)):
        if name not in frame:
            return f"the {which} has no such column"
    compare = compare_numbers if kind in ("numeric", "picture") else compare_categories
    return compare(reference[name], current[name], minimum_rows)


def worth_asking(compared: Mapping[str, Compared], alpha: float, minimum_effect: float) -> dict[str, Compared]:
    """The columns that may yet be called drifted, largest effect first: at most 20, and none whose values are gone."""
    moved = [
        (name, found)
        for name, found in compared.items()
        if found.effect >= minimum_effect and found.p_value <= alpha and found.method != "missing_share"
    ]
    moved.sort(key=lambda pair: (-pair[1].effect, pair[0]))
    return dict(moved[:MOST_ASKED])


def _verdicts(
    compared: Mapping[str, Compared],
    scores: Mapping[str, float],
    kinds: Mapping[str, str],
    alpha: float,
    minimum_effect: float,
) -> tuple[ColumnDrift, ...]:
    if not compared:
        return ()
    adjusted = false_discovery_control(np.array([found.p_value for found in compared.values()]))
    return tuple(
        ColumnDrift(
            column=name,
            role=_role(name, kinds[name]),
            method=found.method,
            score=scores.get(name, found.p_value),
            threshold=alpha,
            p_value=float(after),
            effect=found.effect,
            drifted=bool(after <= alpha and found.effect >= minimum_effect),
        )
        for (name, found), after in zip(compared.items(), adjusted, strict=True)
    )


def _role(name: str, kind: str) -> ColumnRole:
    if name == PREDICTION:
        return "prediction"
    return "picture" if kind == "picture" else "feature"
