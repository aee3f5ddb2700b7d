"""Probation after a promotion: does the new champion do worse than the old one would have, on the same rows?

It compares answers to the same labelled rows, so that an easy or a hard stretch of traffic favours nobody. Two tests
share alpha, and both may be looked at after every label: the paired one asks whether the new champion is worse, and
the degradation alarm whether it falls below what the old one was accepted at while the old one would not have. The
second is quicker where the old level is well known, and has to be borne out by the pairs.

It knows nothing of bundles: the caller lets the old one answer again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from infra.domain.decisions import Reason
from infra.domain.predictions import Answered
from infra.domain.values import Answer
from infra.spec import ModelSpec
from monitoring.paired import anytime_p_value, fixed_p_value
from monitoring.performance import losses_of
from monitoring.sequential import SCALE, TUNINGS, detector, scaled_error, take

Outcome = Literal["keep", "rollback", "wait"]
BORNE_OUT = 0.02
"""How sure the pairs have to be once the alarm has gone off."""
Losses = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True, slots=True)
class Probation:
    """keep · rollback · wait, and every reason with its figure."""

    outcome: Outcome
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Pairs:
    """What both lost on the same labelled rows, and when each label became known: all that is kept of a row, so that
    rows can be gone over a stretch at a time. Shape (rows,) each, in any order."""

    new: Losses
    old: Losses
    known_at: Losses
    """Seconds since the epoch."""
    seqs: Losses

    @classmethod
    def joined(cls, parts: Sequence[Pairs]) -> Pairs:
        """Those of several stretches as one."""
        sides = ([one.new for one in parts], [one.old for one in parts])
        moments = ([one.known_at for one in parts], [one.seqs for one in parts])
        new, old, known_at, seqs = (np.concatenate([np.empty(0), *found]) for found in (*sides, *moments))
        return cls(new=new, old=old, known_at=known_at, seqs=seqs)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Sides:
    """What both lost on the same rows, in the order of their labels, and as losses in 0..1 for the tests."""

    new: Losses
    old: Losses
    new_scaled: Losses
    old_scaled: Losses

    @property
    def differences(self) -> Losses:
        return self.new_scaled - self.old_scaled


def pairs_of(rows: Sequence[Answered], old_answers: Sequence[Answer], spec: ModelSpec) -> Pairs:
    """What both lost on those of the rows that are labelled. The new champion answered them, and `old_answers` are the
    old one's, in their order.

    Raises:
        ValueError: not as many old answers as rows.
    """
    both = [(row, old) for row, old in zip(rows, old_answers, strict=True) if row.label is not None]
    olds = [replace(row, prediction=replace(row.prediction, value=answer)) for row, answer in both]
    return Pairs(
        new=losses_of([row for row, _ in both], spec),
        old=losses_of(olds, spec),
        known_at=np.array([row.label.time.timestamp() for row, _ in both if row.label is not None], dtype=np.float64),
        seqs=np.array([row.seq for row, _ in both], dtype=np.float64),
    )


def judge_probation(
    rows: Sequence[Answered], old_answers: Sequence[Answer], spec: ModelSpec, *, accepted: float, ended: bool
) -> Probation:
    """`judge_pairs` of rows that are all at hand. Raises ValueError as `pairs_of` does."""
    return judge_pairs(pairs_of(rows, old_answers, spec), spec, accepted=accepted, ended=ended)


def judge_pairs(pairs: Pairs, spec: ModelSpec, *, accepted: float, ended: bool) -> Probation:
    """Roll back as soon as the new champion is shown to be worse than the old one; keep it when probation ends.

    `accepted` is the level that the old one was accepted at. `ended`: no further rows of this probation will be
    labelled. Rows count in the order in which their labels became known, so that whoever asks again later has only
    added to what was seen.
    """
    count, needed = len(pairs.new), spec.monitoring.minimum_rows
    if count < needed:
        text = f"Only {count} rows of the probation are labelled; {needed} are needed to compare."
        reason = Reason(rule="enough_labels", passed=False, figure=float(count), limit=float(needed), text=text)
        return Probation(outcome="keep" if ended else "wait", reasons=(reason,))
    sides = _sides(pairs, spec, accepted)
    reasons = (_paired(sides, spec), _level(sides, spec, accepted))
    if not all(reason.passed for reason in reasons):
        return Probation(outcome="rollback", reasons=reasons)
    return Probation(outcome="keep" if ended else "wait", reasons=reasons)


def _sides(pairs: Pairs, spec: ModelSpec, accepted: float) -> _Sides:
    order = np.lexsort((pairs.seqs, pairs.known_at))
    new, old = pairs.new[order], pairs.old[order]
    if spec.task == "classification":
        return _Sides(new=new, old=old, new_scaled=new, old_scaled=old)
    scaled = [np.array([scaled_error(error, accepted) for error in side.tolist()]) for side in (new, old)]
    return _Sides(new=new, old=old, new_scaled=scaled[0], old_scaled=scaled[1])


def _paired(sides: _Sides, spec: ModelSpec) -> Reason:
    limit, classes = spec.monitoring.alpha / 2, spec.task == "classification"
    p_value = anytime_p_value(sides.differences, classes=classes)
    worse = p_value <= limit
    text = f"{_what_was_seen(sides, classes)} (p = {p_value:.3g} at any time, {_said(worse, limit)})."
    return Reason(rule="not_worse_than_before", passed=not worse, figure=p_value, limit=limit, text=text)


def _what_was_seen(sides: _Sides, classes: bool) -> str:
    rows = f"On {len(sides.new)} labelled rows the new champion"
    if not classes:
        return f"{rows}'s MAE is {sides.new.mean():.4g} and the old one's would be {sides.old.mean():.4g}"
    lost, gained = int((sides.differences > 0).sum()), int((sides.differences < 0).sum())
    return (
        f"{rows} is right on {1 - sides.new.mean():.2%} and the old one would be on {1 - sides.old.mean():.2%}; "
        f"it lost {lost} rows and gained {gained}"
    )


def _said(worse: bool, limit: float) -> str:
    return f"{'worse' if worse else 'not shown to be worse'} at {limit:g}"


def _level(sides: _Sides, spec: ModelSpec, accepted: float) -> Reason:
    """Whether the alarm of the old champion's level goes off for the new one, and would not for the old one."""
    tolerance, classes = spec.monitoring.tolerance, spec.task == "classification"
    limit = 1.0 - accepted + tolerance if classes else (1.0 + tolerance) / SCALE
    detectors = [detector(tuning, limit=limit, alpha=spec.monitoring.alpha) for tuning in TUNINGS]
    _, fired = take(detectors, sides.new_scaled.tolist())
    level = f"{accepted - tolerance:.2%}" if classes else f"a MAE of {accepted * (1.0 + tolerance):.4g}"
    if not fired:
        text = f"It is not shown to fall below {level}, the level of the old one less the tolerance."
        return Reason(rule="holds_the_old_level", passed=True, figure=None, limit=BORNE_OUT, text=text)
    old_holds = float(sides.old_scaled.mean()) <= limit
    p_value = fixed_p_value(sides.differences)
    worse = old_holds and p_value <= BORNE_OUT
    beside = (
        "the old one would not have" if old_holds else "the old one would have as well: it is not the new one's fault"
    )
    text = (
        f"Label {fired[0].number + 1} raised the alarm that it falls below {level}, the level of the old one less the "
        f"tolerance; {beside} (p = {p_value:.3g} that the new one is no worse, {_said(worse, BORNE_OUT)})."
    )
    return Reason(rule="holds_the_old_level", passed=not worse, figure=p_value, limit=BORNE_OUT, text=text)
