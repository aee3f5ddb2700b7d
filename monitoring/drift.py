"""Did the columns of a window move against the reference? One report, with keepsharp's verdict for each column.

Exact statistics decide at once; Evidently's own page (`monitoring.evidently_report`) explains afterwards. On top of
the tests stand an effect-size floor, so that a tiny shift in many rows is no drift, and false-discovery control, so
that many columns do not cry wolf (Benjamini and Hochberg 1995).
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from scipy.stats import false_discovery_control

from infra.domain.windows import ColumnDrift, ColumnRole, DriftReport, QualityFinding
from monitoring.columns import Compared, compare_categories, compare_numbers
from monitoring.profiles import CategoryProfile, NumberProfile, ReferenceProfile
from monitoring.tallies import CategoryTally, NumberTally, WindowTally

PREDICTION = "prediction"
EMBEDDING = "(embedding)"


def drift_report(
    reference: ReferenceProfile,
    window: WindowTally,
    *,
    alpha: float,
    minimum_effect: float,
    minimum_rows: int = 30,
    unknown_categories: int = 0,
    embedding: Compared | str | None = None,
    quality: tuple[QualityFinding, ...] = (),
) -> DriftReport:
    """Compare each column of the reference with the window that was counted against it.

    The answers are the column `prediction`. Pictures are summarised beforehand
    (`monitoring.pictures.summarise_pictures`); `embedding` is what became of comparing the network's own view of the
    rows (None: not tried). A column that cannot be compared is in `not_judged` with the reason. `p_value` is adjusted
    for the number of columns: drifted means that it is at most `threshold` (alpha) and the effect at least
    `minimum_effect`; `score` is the method's own figure, unadjusted.
    """
    compared: dict[str, Compared] = {}
    not_judged: dict[str, str] = {}
    found: dict[str, Compared | str] = {
        name: _compare(reference, window, name, minimum_rows) for name in reference.kinds
    }
    if embedding is not None:
        found[EMBEDDING] = embedding
    for name, result in found.items():
        if isinstance(result, str):
            not_judged[name] = result
        else:
            compared[name] = result
    return DriftReport(
        reference_rows=reference.rows,
        current_rows=window.rows,
        columns=_verdicts(compared, reference, alpha, minimum_effect),
        unknown_categories=unknown_categories,
        not_judged=not_judged or None,
        sampled=reference.sampled,
        quality=quality,
    )


def _compare(reference: ReferenceProfile, window: WindowTally, name: str, minimum_rows: int) -> Compared | str:
    before, after = reference.columns.get(name), window.columns.get(name)
    if before is None:
        return "the reference has no such column"
    if isinstance(before, NumberProfile) and isinstance(after, NumberTally):
        return compare_numbers(before, after, minimum_rows)
    if isinstance(before, CategoryProfile) and isinstance(after, CategoryTally):
        return compare_categories(before, after, minimum_rows)
    return "the window has no such column"


def _verdicts(
    compared: Mapping[str, Compared], reference: ReferenceProfile, alpha: float, minimum_effect: float
) -> tuple[ColumnDrift, ...]:
    if not compared:
        return ()
    adjusted = false_discovery_control(np.array([found.p_value for found in compared.values()]))
    return tuple(
        ColumnDrift(
            column=name,
            role=_role(name, reference.kinds),
            method=found.method,
            score=found.score,
            threshold=alpha,
            p_value=float(after),
            effect=found.effect,
            drifted=bool(after <= alpha and found.effect >= minimum_effect),
            weight=reference.weights.get(name, 1.0),
        )
        for (name, found), after in zip(compared.items(), adjusted, strict=True)
    )


def _role(name: str, kinds: Mapping[str, str]) -> ColumnRole:
    if name in (PREDICTION, EMBEDDING):
        return "prediction" if name == PREDICTION else "embedding"
    return "picture" if kinds[name] == "picture" else "feature"
