"""Losses by share of the labels -> the learning curve: points with bands, a power law, the price of the next step.

Pure: it knows no training and no clock.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from flows.training.power_law import USUAL_EXPONENT, Laws, fit_laws, usual_exponents
from flows.training.resampling import RESAMPLES, luck, resampled_means
from infra.domain.learning import CurvePoint, LearningCurve, NextStep, PowerLaw
from infra.spec import ModelSpec

Array = npt.NDArray[np.float64]
Losses = npt.NDArray[np.float64]
"""One loss a held-out row: 0 or 1 for a class right or wrong, the absolute error for a number."""

POINT = 0.01
"""The next step: a point of accuracy, or a hundredth of the error."""
TAIL = 0.025
FARTHEST = 1e9
ASSUMED_LUCK = 0.5
"""The luck of the draw, as a share of the uncertainty of the held-out rows, before any share was drawn twice."""


def read_curve(
    losses: Mapping[float, Sequence[Losses]],
    *,
    spec: ModelSpec,
    rows: int,
    started: str,
    training_seconds: float,
    on_gpu: bool = False,
    notes: tuple[str, ...] = (),
) -> LearningCurve:
    """The curve of a training on `rows` labels; `losses` by share of them, all labels (1.0) once, in any order.

    The law and what follows from it need two shares besides all labels.
    """
    shares = np.array(sorted(losses))
    errors, deviation = _resampled([losses[share] for share in shares], shares)
    means = np.array([float(np.mean([one.mean() for one in losses[share]])) for share in shares])
    draws = [len(losses[share]) for share in shares]
    if max(draws) == 1:
        notes = (*notes, "No share was drawn twice: how much the draw matters is assumed in the bands, not measured.")
    law = next_step = None
    if len(shares) > 2:
        towards = np.concatenate([[USUAL_EXPONENT], usual_exponents(RESAMPLES, np.random.default_rng(1))])
        laws = fit_laws(shares, np.vstack([means, errors]), np.asarray(draws) * shares / deviation**2, towards)
        law, next_step = _law(laws, rows), _next_step(laws, rows, spec, training_seconds, on_gpu=on_gpu)
    return LearningCurve(
        metric="accuracy" if spec.task == "classification" else "mae",
        started=started,
        held_out=len(losses[1.0][0]),
        points=tuple(
            _point(share, rows, drawn, mean, errors[:, place], spec)
            for place, (share, drawn, mean) in enumerate(zip(shares.tolist(), draws, means.tolist(), strict=True))
        ),
        law=law,
        next_step=next_step,
        less_with_half=_less_with_half(shares, means, errors),
        seconds=0.0,
        training_seconds=training_seconds,
        notes=notes,
    )


def foretell(losses: Mapping[float, Sequence[Losses]]) -> tuple[float, float, float]:
    """The error that a training on all labels is expected to have, with its interval, by smaller shares alone.

    The interval holds the luck of which labels that training draws. `losses` are of two shares or more below all.
    """
    shares = np.array(sorted(losses))
    errors, deviation = _resampled([losses[share] for share in shares], shares)
    means = np.array([float(np.mean([one.mean() for one in losses[share]])) for share in shares])
    draws = np.array([len(losses[share]) for share in shares])
    rng = np.random.default_rng(1)
    towards = np.concatenate([[USUAL_EXPONENT], usual_exponents(RESAMPLES, rng)])
    laws = fit_laws(shares, np.vstack([means, errors]), draws * shares / deviation**2, towards)
    expected = laws.error(1.0)
    low, high = np.quantile(expected[1:] + deviation * rng.normal(size=RESAMPLES), (TAIL, 1 - TAIL))
    return float(expected[0]), float(max(low, 0.0)), float(high)


def _resampled(losses: Sequence[Sequence[Losses]], shares: Array) -> tuple[Array, float]:
    """(resampled errors R × P, standard deviation of a training on all labels by the luck of the draw)."""
    rng = np.random.default_rng(0)
    every = resampled_means(np.stack([one for drawn in losses for one in drawn]), rng)  # R × T
    ends = np.cumsum([len(drawn) for drawn in losses])
    errors = np.stack(
        [every[:, end - len(drawn) : end].mean(axis=1) for end, drawn in zip(ends, losses, strict=True)], axis=1
    )
    found = {share: [float(one.mean()) for one in drawn] for share, drawn in zip(shares.tolist(), losses, strict=True)}
    deviation = max(luck(found, ASSUMED_LUCK * float(every[:, -1].std())), 1e-12)
    draws = np.array([len(drawn) for drawn in losses])
    errors = errors + rng.normal(size=(RESAMPLES, len(shares))) * deviation / np.sqrt(shares * draws)
    return np.maximum(errors, 0.0), deviation


def _point(share: float, rows: int, draws: int, mean: float, errors: Array, spec: ModelSpec) -> CurvePoint:
    low, high = (float(bound) for bound in np.quantile(errors, (TAIL, 1 - TAIL)))
    classes = spec.task == "classification"
    return CurvePoint(
        share=share,
        rows=int(share * rows),
        draws=draws,
        value=1 - mean if classes else mean,
        low=1 - high if classes else low,
        high=1 - low if classes else high,
    )


def _law(laws: Laws, rows: int) -> PowerLaw:
    limits, exponents = (np.quantile(one[1:], (TAIL, 1 - TAIL)) for one in (laws.limit, laws.exponent))
    return PowerLaw(
        rows=rows,
        limit=float(laws.limit[0]),
        limit_low=float(limits[0]),
        limit_high=float(limits[1]),
        gain=float(laws.gain[0]),
        exponent=float(laws.exponent[0]),
        exponent_low=float(exponents[0]),
        exponent_high=float(exponents[1]),
    )


def _next_step(laws: Laws, rows: int, spec: ModelSpec, training_seconds: float, *, on_gpu: bool) -> NextStep:
    """Labels beyond these for one step less error, by the law and by every resampled one."""
    now = laws.limit + laws.gain
    step = POINT if spec.task == "classification" else POINT * float(now[0])
    more = rows * (laws.share_for(now - step) - 1)  # inf where the law levels off before
    found, resampled = float(more[0]), more[1:]
    low, high = (float(bound) for bound in np.quantile(resampled, (TAIL, 1 - TAIL), method="nearest"))
    known = found < FARTHEST
    hourly = spec.costs.gpu_hour if on_gpu else spec.costs.cpu_hour
    each = spec.labels.cost_each
    return NextStep(
        step=step,
        rows=_whole(found),
        low=_whole(low),
        high=_whole(high),
        reachable=float((resampled < FARTHEST).mean()),
        labels_cost=found * each if known and each is not None else None,
        training_cost=found / rows * training_seconds * hourly / 3600 if known and hourly is not None else None,
        currency=spec.costs.currency,
    )


def _whole(rows: float) -> int | None:
    return math.ceil(rows) if rows < FARTHEST else None


def _less_with_half(shares: Array, means: Array, errors: Array) -> tuple[float, float, float] | None:
    if 0.5 not in shares.tolist():
        return None
    half, all_labels = shares.tolist().index(0.5), shares.tolist().index(1.0)
    low, high = np.quantile(errors[:, half] - errors[:, all_labels], (TAIL, 1 - TAIL))
    return float(means[half] - means[all_labels]), float(low), float(high)
