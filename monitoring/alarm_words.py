"""What is said when the degradation alarm was raised, and when two who followed the same labels disagree."""

from __future__ import annotations

from collections.abc import Sequence
from math import inf

import numpy as np
from numpy.typing import NDArray

from infra.domain.alerts import Evidence
from infra.domain.decisions import Champion
from infra.domain.labelling import Joined
from infra.spec import ModelSpec
from monitoring.alarm import Raised, Standing, counts, start_alarm
from monitoring.breaches import breach_of
from monitoring.intervals import headline
from monitoring.performance import loss_of
from monitoring.rules import ACCURACY_DEGRADED, Judgement, depths, worst_accepted
from monitoring.sequential import decisive_run, scaled_error
from monitoring.silence import MONITOR_FAILED

RECENT = 200
"""Labels, up to the one that raised the alarm, whose accuracy is told with it."""
_LEAST = 2
"""Labels that it takes for an interval."""


def judge_raised(
    raised: Raised, recent: Sequence[Joined], champion: Champion, spec: ModelSpec, *, last_seq: int
) -> Judgement:
    """The breach by an alarm. `recent` are the last labels up to the one that raised it, which came for the arrival
    `last_seq`."""
    metric = "accuracy" if spec.task == "classification" else "mae"
    limit = worst_accepted(champion, spec)
    own = [one for one in recent if counts(one, champion)]
    losses = np.array([loss_of(one.prediction.value, one.label.value, spec.task) for one in own], dtype=np.float64)
    figures: dict[str, float | int | str | None] = {
        "labelled": len(own),
        "labels_seen": raised.labels,
        "accepted": champion.accepted,
        "limit": limit,
        "version": champion.version,
        "seen_by": ", ".join(raised.by),
        "place": raised.place,
        "last_seq": last_seq,
    }
    run, told = _run(raised, losses, champion, spec), ""
    if len(own) >= _LEAST:
        value, low, high = headline(losses, spec)
        figures |= {metric: value, "low": low, "high": high}
        told = f" {metric} was {value:.4g} ({low:.4g} to {high:.4g}) on the last {len(own)}."
    if 0 < run < len(own):
        mean = float(losses[-run:].mean())
        figures |= {"run": run, f"run_{metric}": mean if metric == "mae" else 1.0 - mean}
    message = (
        f"Label {raised.labels} of version {champion.version} raised the alarm: "
        f"{_why(losses, run, limit, spec)}; it was accepted at {champion.accepted:.4g}.{told} "
        f"Seen by the alarm over every label ({', '.join(raised.by)})."
    )
    beyond_the_limit = depths(-inf if metric == "accuracy" else inf, champion, spec)[:1]  # how far, the windows tell
    breach = breach_of(ACCURACY_DEGRADED, "critical", spec.model, message, figures, beyond_the_limit)
    return Judgement(breaches=(breach,), judged=frozenset({ACCURACY_DEGRADED}))


def _run(raised: Raised, losses: NDArray[np.float64], champion: Champion, spec: ModelSpec) -> int:
    """Of the last losses, those with which the change seems to begin; all of them where it began before."""
    fired = next(one for one in start_alarm(champion, spec, place=0).detectors if one.name in raised.by)
    scaled = losses if spec.task == "classification" else [scaled_error(loss, champion.accepted) for loss in losses]
    return decisive_run(fired, [float(loss) for loss in scaled])


def _why(losses: NDArray[np.float64], run: int, limit: float, spec: ModelSpec) -> str:
    """What raised it. A short run is told by itself, since the labels before it may all have been right."""
    classes = spec.task == "classification"
    if run in (0, len(losses)):
        return f"its {'accuracy' if classes else 'mae'} is worse than {limit:.4g} for longer than chance allows"
    last, answers = losses[-run:], f"its last {run} labelled answers"
    if classes:
        return f"of {answers} {int(last.sum())} were wrong, more than an accuracy of {limit:.4g} allows"
    return f"{answers} were off by {last.mean():.4g} on average, more than an mae of {limit:.4g} allows"


def judge_disagreement(kept: Standing, found: Standing, spec: ModelSpec) -> Judgement:
    """The breach by a kept state that is not what the labels in the database give."""
    message = (
        f"The degradation alarm was kept at label {kept.place} with {_evidence(kept)} after {kept.labels} labels, and "
        f"the database gives {_evidence(found)} after {found.labels}. What the database gives was put in its place; "
        "alarms may have come late. Were labels or predictions changed by hand, or do two releases of keepsharp run?"
    )
    figures: Evidence = {"place": kept.place, "labels_kept": kept.labels, "labels_found": found.labels}
    return Judgement(
        breaches=(breach_of(MONITOR_FAILED, "critical", spec.model, message, figures),),
        judged=frozenset({MONITOR_FAILED}),
    )


def _evidence(standing: Standing) -> str:
    return "evidence " + ", ".join(f"{found:.4g}" for found in standing.log_evidence)
