"""Close the windows that are full or over, and compare their inputs and answers with the champion's reference.

Labels play no part here: a closed window is provisional until they are due (`flows.measuring`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pandas as pd

from flows.desk import Desk
from flows.references import Reference, References, with_answers
from infra.domain.predictions import Answered
from infra.domain.windows import Window
from monitoring.alerting import advance
from monitoring.drift import drift_report
from monitoring.pictures import summarise_pictures
from monitoring.rules import Judgement, judge_inputs
from monitoring.windowing import next_row_window, next_time_bounds, window_of

Press = Callable[[Reference, Sequence[Answered], Path], None]
"""Has Evidently's own page of a window made, now or in the background."""


def close_windows(desk: Desk, references: References, press: Press, *, now: datetime) -> list[Window]:
    """Close, compare and save every window that is complete at `now`, oldest first."""
    closed = []
    while (cut := _next(desk, now)) is not None:
        window, rows = cut
        window = _compare(desk, references, window, rows)
        opened = raise_alerts(desk, judge_inputs(window, desk.spec), at=window.end)
        if opened and desk.spec.monitoring.reports != "none":  # somebody will look before the labels come
            window = with_page(desk, references, press, window, rows)
        desk.ports.windows.save(window)
        closed.append(window)
    return closed


def raise_alerts(desk: Desk, judgement: Judgement, *, at: datetime) -> bool:
    """Save what a judgement changes in the model's alerts; whether one was opened."""
    unresolved = desk.ports.alerts.unresolved(desk.spec.model)
    changed = advance(unresolved, judgement, model=desk.spec.model, at=at)
    for alert in changed:
        desk.ports.alerts.save(alert)
    return bool({alert.id for alert in changed} - {alert.id for alert in unresolved})


def rows_of(desk: Desk, window: Window) -> list[Answered]:
    """The answered rows of a window, with the labels known by now."""
    if desk.spec.monitoring.window.rows is not None:
        return desk.ports.predictions.between(desk.spec.model, window.first_seq, window.last_seq)
    return desk.ports.predictions.in_time(desk.spec.model, window.start, window.end)


def _next(desk: Desk, now: datetime) -> tuple[Window, Sequence[Answered]] | None:
    """The next complete window with its rows, or None."""
    model, size = desk.spec.model, desk.spec.monitoring.window
    last = desk.ports.windows.last(model)
    index = 0 if last is None else last.index + 1
    if size.rows is not None:
        arrivals = desk.ports.predictions.after(model, 0 if last is None else last.last_seq, size.rows)
        rows = next_row_window(arrivals, size.rows)
        return None if rows is None else (window_of(rows, model=model, index=index), rows)
    assert size.duration is not None
    return _next_in_time(desk, size.duration, last, index, now)


def _next_in_time(
    desk: Desk, duration: timedelta, last: Window | None, index: int, now: datetime
) -> tuple[Window, Sequence[Answered]] | None:
    span = desk.ports.predictions.time_range(desk.spec.model)
    if span is None:
        return None
    after = None if last is None else last.end
    arrived = desk.ports.predictions.in_time(desk.spec.model, after or span[0], span[1] + timedelta(microseconds=1))
    earliest = arrived[0].prediction.time if arrived else None
    bounds = next_time_bounds(duration, after=after, earliest=earliest, now=now)
    if bounds is None:
        return None
    rows = [row for row in arrived if bounds.start <= row.prediction.time < bounds.end]
    return window_of(rows, model=desk.spec.model, index=index, bounds=bounds), rows


def _compare(desk: Desk, references: References, window: Window, rows: Sequence[Answered]) -> Window:
    """The window with its drift report; a window too small to judge says so."""
    needed = desk.spec.monitoring.minimum_rows
    if len(rows) < needed:
        return replace(window, note=f"{window.note} not enough data ({len(rows)} of {needed})".strip())
    reference, rules = _reference(desk, references, window), desk.spec.monitoring
    drift = drift_report(
        reference.frame,
        current_frame(rows, reference.raw_kinds),
        reference.kinds,
        alpha=rules.alpha,
        minimum_effect=rules.drift_effect,
        minimum_rows=needed,
        unknown_categories=sum(len(row.prediction.unknown_categories) for row in rows),
    )
    return replace(window, drift=drift)


def _reference(desk: Desk, references: References, window: Window) -> Reference:
    """That of the newest version that answered in the window."""
    return references.of(desk.ports.versions.get(desk.spec.model, max(window.versions)).sha256)


def with_page(desk: Desk, references: References, press: Press, window: Window, rows: Sequence[Answered]) -> Window:
    """The window with its page ordered; an earlier page of the same window is replaced."""
    page = Path("windows") / desk.spec.model / f"{window.index:06d}"
    press(_reference(desk, references, window), rows, desk.ports.artifacts / page)
    return replace(window, report=f"{page}.html.gz")


def current_frame(rows: Sequence[Answered], kinds: Mapping[str, str]) -> pd.DataFrame:
    """Features of the rows, pictures by their figures, with answers in `prediction` and labels so far in `target`."""
    frame = pd.DataFrame([dict(row.prediction.features) for row in rows])
    frame, _ = summarise_pictures(frame, kinds)
    answers = [row.prediction.value for row in rows]
    return with_answers(frame, answers, [None if row.label is None else row.label.value for row in rows])
