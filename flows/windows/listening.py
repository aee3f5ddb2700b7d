"""Listen to the labels: what they say about themselves in each measured window, and how late they come."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from flows.desk import Desk
from flows.notifying import raise_alerts
from flows.rows.quarantining import LOOKBACK, newest_labels, quarantine_among, without_held_back
from flows.windows.cutting import rows_of
from infra.domain.labelling import Audit
from infra.domain.predictions import Answered
from infra.domain.windows import FeedbackReport, PerformanceReport, Window
from monitoring.auditing import corrected_performance
from monitoring.feedback import expected_delay, feedback_report, judge_arrival, judge_classes, judge_feedback
from monitoring.label_noise import suspects
from monitoring.one_sided import bias_of

NEWEST = 500
"""Labels whose delay is judged."""
CORRECTIONS = 5_000
"""Corrections that are looked through for those of a window."""


def listen_to_new(desk: Desk, *, now: datetime) -> None:
    """Look through the newest labels, of which some are new: hold back what looks flipped, judge how late they come."""
    looked_through = newest_labels(desk, LOOKBACK)
    quarantine_among(desk, looked_through, now=now)
    newest = looked_through[-NEWEST:]
    rows = [Answered(seq=one.place, prediction=one.prediction, label=one.label) for one in newest]
    arrival = judge_arrival(desk.spec.model, newest, desk.spec, expected=expected_delay(rows, desk.spec))
    raise_alerts(desk, arrival, at=now)


def listen(desk: Desk, windows: Sequence[Window], *, now: datetime) -> list[Window]:
    """Report and judge the labels of these windows, whose labels are due. They are not saved with it yet: see
    `keep_heard`."""
    return [_hear(desk, window, now) for window in windows]


def keep_heard(desk: Desk, heard: Sequence[Window]) -> None:
    """Save the windows with their reports, once all that follows from them is done: a window without one is listened to
    again, so that a look that was killed before is made up for by the next."""
    for window in heard:
        desk.ports.windows.save(window)


def fair_performance(desk: Desk, rows: Sequence[Answered], report: PerformanceReport) -> PerformanceReport:
    """The report of these rows as it may be shown: reweighted or marked as biased where their labels are one-sided.

    `report` was measured on `without_held_back(desk, rows)`.
    """
    kept = without_held_back(desk, rows)
    audits = _audits(desk, kept)
    return corrected_performance(report, kept, audits, bias_of(kept, audits, desk.spec), desk.spec)


def _hear(desk: Desk, window: Window, now: datetime) -> Window:
    rows = rows_of(desk, window)
    window = replace(window, feedback=_report(desk, rows))
    champion = desk.ports.versions.champion(desk.spec.model)
    known_error = 1.0 - champion.accepted if champion is not None and desk.spec.task == "classification" else None
    judgement = judge_feedback(window, desk.spec, known_error=known_error)
    if desk.spec.task == "classification":
        judgement |= judge_classes(window, without_held_back(desk, rows))
    raise_alerts(desk, judgement, at=now)
    return window


def _report(desk: Desk, rows: Sequence[Answered]) -> FeedbackReport:
    model, ports = desk.spec.model, desk.ports
    kept, audits = without_held_back(desk, rows), _audits(desk, rows)
    looked_at = suspects(kept) if desk.spec.task == "classification" else None
    return feedback_report(
        rows,
        ports.labels.corrections(model, CORRECTIONS),
        audits,
        held_back={row.prediction.id for row in rows if row.label is not None}
        - {row.prediction.id for row in kept if row.label is not None},
        suspects=len(looked_at or ()),
        one_sided=bias_of(kept, audits, desk.spec),
    )


def _audits(desk: Desk, rows: Sequence[Answered]) -> Mapping[str, Audit]:
    return desk.ports.audits.asked(desk.spec.model, [row.prediction.id for row in rows])
