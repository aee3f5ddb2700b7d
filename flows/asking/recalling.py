"""What earlier versions would have answered: what a retraining gained, and which of them knows this world already.

Their answers are computed from their own bundles on rows that were answered and labelled since: what they would have
said in shadow, exactly. Labels held back count for nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from math import sqrt

import numpy as np

from flows.desk import Desk
from flows.promotion import losses
from flows.rows.origins import run_named, trigger_named
from flows.rows.quarantining import without_held_back
from flows.trial.crediting import credited
from flows.trial.watching import answers_to
from flows.windows.cutting import rows_of
from infra.domain.alerts import Evidence
from infra.domain.decisions import Champion, PromotionDecision
from infra.domain.errors import DataError
from infra.domain.predictions import Answered
from infra.domain.values import Answer
from infra.domain.windows import Window
from monitoring.drawing import even_places
from monitoring.policies.situation import Rival

GAIN, GAIN_ERROR = "gain", "gain_error"
"""The figures of a run that say what it gained over the version that it replaced, on the first window it answered."""
OUTCOME, OUTCOME_GAIN = "outcome", "outcome_gain"
"""What came of a trigger, beside its forecast: the metric of the window after a refusal, a retraining's gain."""
RECENT_DECISIONS, RECENT_WINDOWS, RECENT_TRIGGERS = 50, 50, 200
LEAST_ROWS, LATEST, STRETCHES = 30, 2, 10


def measure_gains(desk: Desk) -> None:
    """Write down, once for each promotion by the gate, what it gained on the first measured window that it answered
    alone."""
    windows = [one for one in desk.ports.windows.page(desk.spec.model, RECENT_WINDOWS) if one.performance is not None]
    for decision in credited(desk.ports.decisions.page(desk.spec.model, RECENT_DECISIONS)):
        if decision.previous_version is None or decision.run_id is None:
            continue
        run = run_named(desk, decision.run_id)
        if run is None or run.state == "running":
            continue  # the version was added by hand, or who is at work on it would lose what it writes
        answered = [one for one in windows if one.versions == (decision.version,) and one.end > decision.at]
        if run.metrics is None or GAIN in run.metrics or not answered:
            continue
        first = min(answered, key=lambda one: one.index)
        found = _gain(desk, first, decision)
        if found is not None:
            gain, error = found
            desk.ports.runs.save(replace(run, metrics={**run.metrics, GAIN: gain, GAIN_ERROR: error}))
            _note_outcome(desk, run.trigger_id, {OUTCOME_GAIN: gain, "outcome_gain_error": error})


def note_refusals(desk: Desk) -> None:
    """Write down beside each refusal, once, how right the next measured window then was: among the newest triggers,
    whoever asked, as many as there can be until labels come."""
    windows = [one for one in desk.ports.windows.page(desk.spec.model, RECENT_WINDOWS) if one.performance is not None]
    for trigger in desk.ports.triggers.page(desk.spec.model, RECENT_TRIGGERS):
        seen = int(trigger.evidence.get("labelled_through_seq") or 0)
        later = [one for one in windows if one.first_seq > seen]
        if trigger.state != "refused" or OUTCOME in trigger.evidence or not later:
            continue
        first = min(later, key=lambda one: one.index)
        assert first.performance is not None
        outcome: Evidence = {OUTCOME: first.performance.value, "outcome_window": first.index}
        desk.ports.triggers.save(replace(trigger, evidence={**trigger.evidence, **outcome}))


def _note_outcome(desk: Desk, trigger_id: str, outcome: Evidence) -> None:
    trigger = trigger_named(desk, trigger_id)
    if trigger is not None and trigger.state == "done":
        desk.ports.triggers.save(replace(trigger, evidence={**trigger.evidence, **outcome}))


def ask_rivals(desk: Desk, champion: Champion, window: Window, most: int) -> tuple[Rival, ...]:
    """At most so many earlier champions beside the present one, on a measured window's labelled rows."""
    rows = _labelled(desk, window)
    if len(rows) < LEAST_ROWS:
        return ()
    ours = _losses(desk, champion.version, rows)
    rivals = []
    for version in chosen_rivals(_served(desk, champion), most):
        try:
            gain, error = _difference(ours, _losses(desk, version, rows), _scale(desk, champion.accepted))
        except DataError:
            continue  # it reads other columns than these rows have, and cannot serve them either
        rivals.append(Rival(version=version, gain=gain, error=error, rows=len(rows)))
    return tuple(rivals)


def _served(desk: Desk, champion: Champion) -> list[int]:
    """Versions that served before, in order."""
    decisions = desk.ports.decisions.page(desk.spec.model, 10 * RECENT_DECISIONS)
    served = {one.version for one in decisions if one.kind == "promote"}
    served |= {one.previous_version for one in decisions if one.kind == "promote" and one.previous_version is not None}
    return sorted(served - {champion.version})


def chosen_rivals(versions: Sequence[int], most: int) -> list[int]:
    """The last two of the versions that served, in that order; from three on, evenly over all, both ends among them.

    >>> chosen_rivals([1, 2, 3, 4, 5], 2), chosen_rivals([1, 2, 3, 4, 5], 3)
    ([4, 5], [1, 3, 5])
    """
    if len(versions) <= most:
        return list(versions)
    if most <= LATEST:
        return list(versions[-most:])
    return [versions[place] for place in even_places(len(versions), most)]


def _gain(desk: Desk, window: Window, decision: PromotionDecision) -> tuple[float, float] | None:
    rows = _labelled(desk, window)
    if len(rows) < LEAST_ROWS or decision.previous_version is None:
        return None
    before = _losses(desk, decision.previous_version, rows)
    now = losses(desk.spec.task, [row.prediction.value for row in rows], _truths(rows))
    return _difference(before, now, _scale(desk, float(before.mean())))


def _labelled(desk: Desk, window: Window) -> list[Answered]:
    return [row for row in without_held_back(desk, rows_of(desk, window)) if row.label is not None]


def _losses(desk: Desk, version: int, rows: list[Answered]) -> np.ndarray:
    answers = answers_to(desk, desk.ports.versions.get(desk.spec.model, version), rows)
    return losses(desk.spec.task, answers, _truths(rows))


def _truths(rows: list[Answered]) -> list[Answer]:
    return [row.label.value for row in rows if row.label is not None]


def _scale(desk: Desk, error: float) -> float:
    """The loss that counts as one wrong decision."""
    return 1.0 if desk.spec.task == "classification" else max(error, 1e-12)


def _difference(worse: np.ndarray, better: np.ndarray, scale: float) -> tuple[float, float]:
    gain, error = paired(worse, better)
    return gain / scale, error / scale


def paired(worse: np.ndarray, better: np.ndarray) -> tuple[float, float]:
    """(mean of `worse - better` over the same rows in time order, its standard error).

    The error is the larger of that of independent rows and that of ten stretches of them: where errors come in runs,
    as on hourly data, rows say less than they seem to.
    """
    difference = worse - better
    alone = float(difference.std()) / sqrt(len(difference))
    means = np.array([part.mean() for part in np.array_split(difference, STRETCHES) if len(part)])
    return float(difference.mean()), max(alone, float(means.std(ddof=1)) / sqrt(len(means)) if len(means) > 1 else 0.0)
