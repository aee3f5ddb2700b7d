"""How right the answers of a window probably are, before their labels come.

Classification: the mean chance of being right by recalibrated confidence, known as confidence-based performance
estimation (Garg et al. 2022, "Leveraging unlabeled data to predict out-of-distribution performance", call the plain
form average confidence). Regression: the mean error that a model of past errors expects, known as direct loss
estimation. Written here; the library NannyML, which names both, is left out for its weight and its calls home.

Both see that rows move to where the model was less right before. Neither sees concept drift: the same rows with
another truth. So an estimate is never a measurement, and `monitoring.estimate_audit` holds it to account.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from infra.domain.predictions import Answered
from infra.domain.windows import PerformanceReport
from infra.spec import ModelSpec
from monitoring.error_model import LEAST_ROWS, fit_errors
from monitoring.estimate_audit import CALIBRATION_SD, SAMPLING_SD, EstimateAudit
from monitoring.performance import CONFIDENT, losses_of
from monitoring.recalibration import recalibrate

BLIND = "Estimated without labels: it cannot see concept drift, where the same inputs come to have another truth."
PRIOR_WINDOWS = 4
"""As many windows' worth of belief in PRIOR_SD goes into the band."""
PRIOR_SD = {"accuracy": 0.015, "mae": 0.08}
"""How far off an estimate is expected to be besides sampling: accuracy points as a share, or a share of the MAE."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Estimated:
    """A report of kind `estimated`, or the reason in words why there is none."""

    report: PerformanceReport | None
    note: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class _Guess:
    """The metric with the sd of sampling (which rows turn out right) and of the learned relation (parameters)."""

    value: float
    sampling_sd: float
    parameter_sd: float
    learned_from: int
    confident_errors: int = 0


def estimate(rows: Sequence[Answered], known: Sequence[Answered], audit: EstimateAudit, spec: ModelSpec) -> Estimated:
    """Estimate the headline metric of a window's rows; their own labels are not looked at.

    Args:
        rows: those of the window.
        known: rows of earlier windows whose labels were due, oldest first, answered by the same version; those
            without a label are passed over.
        audit: what became of earlier estimates; it widens the band, and mutes.
        spec: the model file.
    """
    needed = spec.monitoring.minimum_rows
    if len(rows) < needed:
        return Estimated(report=None, note=f"not enough data to estimate ({len(rows)} of {needed} rows)")
    known = [row for row in known if row.label is not None]
    found = _by_confidence(rows, known, spec) if spec.task == "classification" else _by_errors(rows, known, spec)
    if isinstance(found, str):
        return Estimated(report=None, note=found)
    return Estimated(report=_report(found, audit, len(rows), spec))


def _by_confidence(rows: Sequence[Answered], known: Sequence[Answered], spec: ModelSpec) -> _Guess | str:
    confidence = _confidences(rows)
    usable = [row for row in known if row.prediction.confidence is not None]
    if confidence is None:
        return "no estimate: an answer carries no confidence"
    right = losses_of(usable, spec) == 0.0
    line = recalibrate(np.array([row.prediction.confidence for row in usable], dtype=np.float64), right)
    chance = line.chance_right(confidence)
    return _Guess(
        value=float(chance.mean()),
        sampling_sd=float(np.sqrt((chance * (1.0 - chance)).sum())) / len(rows),  # Poisson-binomial
        parameter_sd=line.mean_error(confidence),
        learned_from=line.rows,
        confident_errors=round(float((1.0 - chance[confidence >= CONFIDENT]).sum())),
    )


def _confidences(rows: Sequence[Answered]) -> NDArray[np.float64] | None:
    found = [row.prediction.confidence for row in rows]
    return None if None in found else np.array(found, dtype=np.float64)


def _by_errors(rows: Sequence[Answered], known: Sequence[Answered], spec: ModelSpec) -> _Guess | str:
    model = fit_errors(known, losses_of(known, spec))
    if model is None:
        return f"no estimate: {LEAST_ROWS} labelled rows with errors are needed to learn from ({len(known)} are there)"
    expected = model.expected([row.prediction for row in rows])
    value = float(expected.mean())
    return _Guess(
        value=value,
        sampling_sd=model.spread * float(np.sqrt((expected**2).sum())) / len(rows),
        parameter_sd=value * model.spread / float(np.sqrt(model.held_out)),
        learned_from=len(known),
    )


def _report(guess: _Guess, audit: EstimateAudit, rows: int, spec: ModelSpec) -> PerformanceReport:
    """The band: sampling, and whichever is larger of what the relation leaves open and what past errors showed."""
    accuracy = spec.task == "classification"
    scale = 1.0 if accuracy else guess.value
    prior = PRIOR_WINDOWS * PRIOR_SD["accuracy" if accuracy else "mae"] ** 2
    shown = max(0.0, prior + audit.squared_excess) / (PRIOR_WINDOWS + audit.audited)
    calibration_sd = max(guess.parameter_sd, scale * float(np.sqrt(shown)))
    reach = float(stats.t.isf(spec.monitoring.alpha / 2, PRIOR_WINDOWS + audit.audited))
    half = reach * float(np.hypot(guess.sampling_sd, calibration_sd))
    figures = {
        SAMPLING_SD: guess.sampling_sd,
        CALIBRATION_SD: calibration_sd,
        "learned_from": float(guess.learned_from),
        "audited": float(audit.audited),
        "coverage": audit.coverage,
        "coverage_low": audit.low,
        "coverage_high": audit.high,
        "mean_error": audit.mean_error,
    }
    return PerformanceReport(
        kind="estimated",
        metric="accuracy" if accuracy else "mae",
        value=guess.value,
        low=max(0.0, guess.value - half),
        high=min(1.0, guess.value + half) if accuracy else guess.value + half,
        rows=rows,
        labelled=0,
        confident_errors=guess.confident_errors,
        slices=(),
        others={name: figure for name, figure in figures.items() if figure is not None},
        note=_note(guess, audit),
    )


def _note(guess: _Guess, audit: EstimateAudit) -> str:
    parts = [f"muted: {audit.why}."] if audit.muted else []
    parts.append(BLIND)
    if not guess.learned_from:
        parts.append("It takes the model's confidence at its word: no labelled rows of this version are known yet.")
    if audit.coverage is None:
        parts.append("No earlier estimate has been held against labels yet.")
    else:
        held = round(audit.coverage * audit.audited)
        parts.append(f"Of its last {audit.audited} estimates {held} held when the labels came.")
    return " ".join(parts)
