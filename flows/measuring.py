"""Measure the windows whose labels are due: how right were the answers, and is that worse than was accepted?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from flows.closing import Press, raise_alerts, rows_of, with_page
from flows.desk import Desk
from flows.references import References
from infra.domain.decisions import Champion
from infra.domain.predictions import Answered
from infra.domain.windows import Window
from monitoring.performance import losses_of, performance
from monitoring.rules import judge_labels
from monitoring.sequential import Degradation, scaled_errors, update_all, watch_absolute_errors, watch_errors
from monitoring.windowing import labels_due

EVIDENCE = "degradation_log_evidence"
"""Where a window keeps what the sequential alarm had gathered at its end, for the next one to go on from."""


def measure_windows(desk: Desk, references: References, press: Press, *, now: datetime) -> list[Window]:
    """Measure, judge and save every provisional window whose labels are due at `now`, oldest first."""
    measured = []
    for window in desk.ports.windows.provisional(desk.spec.model):
        arrived_after = desk.ports.predictions.count_after(desk.spec.model, window.last_seq)
        if labels_due(window, desk.spec, now=now, arrived_after=arrived_after):
            measured.append(_measure(desk, references, press, window, now))
    return measured


def _measure(desk: Desk, references: References, press: Press, window: Window, now: datetime) -> Window:
    rows = rows_of(desk, window)
    found = performance(rows, desk.spec)
    note = " ".join(filter(None, (window.note, found.note)))
    window = replace(window, state="final", performance=found.report, note=note)
    opened, champion = False, desk.ports.versions.champion(desk.spec.model)
    if champion is not None:
        alarm = _alarm(desk, window, rows, champion)
        if window.performance is not None and alarm is not None:
            others = {**window.performance.others, EVIDENCE: alarm.log_evidence}
            window = replace(window, performance=replace(window.performance, others=others))
        judgement = judge_labels(window, champion, desk.spec, labelled=found.labelled, alarm=alarm)
        opened = raise_alerts(desk, judgement, at=now)
    reports = desk.spec.monitoring.reports
    if window.drift is not None and (reports == "every" or (reports == "alerts" and opened)):
        window = with_page(desk, references, press, window, rows)
    desk.ports.windows.save(window)
    return window


def _alarm(desk: Desk, window: Window, rows: Sequence[Answered], champion: Champion) -> Degradation | None:
    """The sequential alarm over this window's labels; None when the champion did not answer all of it."""
    labelled = [row for row in rows if row.label is not None]
    if window.versions != (champion.version,) or not labelled:
        return None
    rules, losses = desk.spec.monitoring, losses_of(labelled, desk.spec)
    if desk.spec.task == "classification":
        state = watch_errors(accepted_error=1.0 - champion.accepted, tolerance=rules.tolerance, alpha=rules.alpha)
    else:
        state = watch_absolute_errors(tolerance=rules.tolerance, alpha=rules.alpha)
        losses = scaled_errors(losses, champion.accepted)
    return update_all(replace(state, log_evidence=_gathered(desk, window, champion)), losses)


def _gathered(desk: Desk, window: Window, champion: Champion) -> float:
    """What the alarm had gathered at the end of the champion's previous window; 0 at its first."""
    for earlier in desk.ports.windows.page(desk.spec.model, limit=20):
        if earlier.index < window.index and earlier.performance is not None:
            same = earlier.versions == (champion.version,)
            return earlier.performance.others.get(EVIDENCE, 0.0) if same else 0.0
    return 0.0
