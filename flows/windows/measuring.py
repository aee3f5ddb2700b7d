"""Measure the windows whose labels are due: how right were the answers, and is that worse than was accepted?"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime

from flows.desk import Desk
from flows.rows.quarantining import without_held_back
from flows.windows.alarming import alarmed_seq
from flows.windows.beside import beside_of
from flows.windows.closing import Press, is_asked_for, raise_alerts, rows_of, with_page, with_place
from flows.windows.counting import count_losses
from flows.windows.cutting import stretch_of
from flows.windows.listening import fair_performance
from flows.windows.references import References
from flows.windows.weak_slices import weak_slices_of
from infra.domain.errors import BundleError, NotFound
from infra.domain.predictions import Answered
from infra.domain.windows import Window
from monitoring.performance import performance
from monitoring.rules import Judgement, judge_labels
from monitoring.scores import of_all_rows
from monitoring.weak_slice_rules import judge_weak_slices
from monitoring.windowing import labels_due


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
    window = _measured(desk, references, window, rows)
    judgement, champion = Judgement(), desk.ports.versions.champion(desk.spec.model)
    judged = with_place(desk, window)
    if champion is not None:
        labelled = sum(row.label is not None for row in rows)
        judgement = judge_labels(judged, champion, desk.spec, labelled=labelled, alarmed_seq=alarmed_seq(desk))
        judgement |= judge_weak_slices(judged, champion)
        raise_alerts(desk, judgement, at=now)
    if judged.report and (desk.spec.monitoring.reports == "every" or is_asked_for(desk, judgement)):
        window = with_page(desk, references, press, window, rows)
    desk.ports.windows.save(window)
    return window


def _measured(desk: Desk, references: References, window: Window, rows: Sequence[Answered]) -> Window:
    """The final window with its performance: labels in quarantine left out, one-sided ones made up for or marked."""
    kept = without_held_back(desk, rows)
    found = performance(kept, desk.spec, _half_widths(desk, window))
    report = found.report
    if report is not None and window.rows > len(rows):
        report = of_all_rows(report, count_losses(desk, stretch_of(desk, window)), desk.spec, rows=window.rows)
    report = None if report is None else fair_performance(desk, rows, report)
    if report is not None and not report.biased:
        report = replace(report, weak=weak_slices_of(desk, references, window, kept))
    note = " ".join(filter(None, (window.note, found.note)))
    beside = None if report is None else beside_of(desk, references, window, kept)
    return replace(window, state="final", performance=report, note=note, beside=beside)


def _half_widths(desk: Desk, window: Window) -> dict[int, float]:
    """Of the intervals that the versions of a window promise; a bundle that cannot be read promises nothing."""
    found: dict[int, float] = {}
    for version in window.versions if desk.spec.task == "regression" else ():
        with suppress(NotFound, BundleError):
            interval = desk.bundle(desk.ports.versions.get(desk.spec.model, version).sha256).interval
            if interval is not None:
                found[version] = interval.half_width
    return found
