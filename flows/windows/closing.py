"""Close the windows that are full or over, and compare their inputs and answers with the champion's reference.

Labels play no part here: a closed window is provisional until they are due (`flows.windows.measuring`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pandas as pd
import structlog

from flows.desk import Desk
from flows.notifying import raise_alerts
from flows.training.drawing import places_rounded_down
from flows.windows.counting import Counted, count_columns
from flows.windows.cutting import Cut, next_cut, rows_of, stretch_of
from flows.windows.references import Reference, References, with_answers
from infra.domain.errors import DataError
from infra.domain.predictions import Answered
from infra.domain.windows import QualityFinding, Window
from infra.shapes import keep_shapes
from monitoring.columns import Compared
from monitoring.drift import drift_report
from monitoring.embeddings import MOST_ROWS, compare_embeddings
from monitoring.pictures import summarise_pictures
from monitoring.quality import LEAST_TIMES, quality_findings, stale_finding
from monitoring.quality_rules import judge_quality
from monitoring.rules import Judgement, judge_inputs
from monitoring.shapes import shapes_of
from monitoring.tallies import WindowTally, tally_of

__all__ = [
    "Press",
    "close_windows",
    "current_frame",
    "is_asked_for",
    "raise_alerts",
    "rows_of",
    "with_page",
    "with_place",
]
log = structlog.get_logger(__name__)

Press = Callable[[Reference, Sequence[Answered], Path], None]
"""Has Evidently's own page of a window made, now or in the background."""
_CHUNK_ROWS = 10_000
"""So many rows are unpacked at a time."""


def close_windows(desk: Desk, references: References, press: Press, *, now: datetime) -> list[Window]:
    """Close, compare and save every window that is complete at `now`, oldest first."""
    closed = []
    while (cut := next_cut(desk, now=now)) is not None:
        window = _compare(desk, references, cut)
        judged = with_place(desk, window)
        judgement = judge_inputs(judged, desk.spec) | judge_quality(judged)
        opened = raise_alerts(desk, judgement, at=window.end)
        if judged.report and (opened or is_asked_for(desk, judgement)):  # somebody will look before the labels come
            window = with_page(desk, references, press, window, cut.rows)
        desk.ports.windows.save(window)
        closed.append(window)
    return closed


def _compare(desk: Desk, references: References, cut: Cut) -> Window:
    """The window with its drift report; a window too small to judge says so."""
    needed, window = desk.spec.monitoring.minimum_rows, cut.window
    if window.rows < needed:
        return replace(window, note=f"{window.note} not enough data ({window.rows} of {needed})".strip())
    reference, rules = _reference(desk, references, window), desk.spec.monitoring
    counted = _count(desk, reference, cut)
    tally = counted.tally
    quality = quality_findings(reference.profile, tally, alpha=rules.alpha, minimum_rows=needed)
    drift = drift_report(
        reference.profile,
        tally,
        alpha=rules.alpha,
        minimum_effect=rules.drift_effect,
        minimum_rows=needed,
        unknown_categories=counted.unknown_categories,
        embedding=_embedding(reference, cut.rows, needed),
        quality=(*quality, *_stale(desk, cut)),
    )
    _keep_shapes(desk, reference, window, tally)
    return replace(window, drift=drift)


def _count(desk: Desk, reference: Reference, cut: Cut) -> Counted:
    """All rows of the window against the reference, whether they were read or not."""
    if cut.is_drawn:
        return count_columns(desk, reference, stretch_of(desk, cut.window))
    return Counted(
        tally=tally_of(reference.profile, _chunks(cut.rows, reference.raw_kinds)),
        unknown_categories=sum(len(row.prediction.unknown_categories) for row in cut.rows),
    )


def _keep_shapes(desk: Desk, reference: Reference, window: Window, tally: WindowTally) -> None:
    """What both sides look like, for whoever looks at the window; a full disk must not keep it from being judged."""
    try:
        keep_shapes(desk.ports.artifacts, window.model, window.index, shapes_of(reference.profile, tally))
    except OSError as error:
        log.warning(
            "the distributions of a window could not be kept",
            model=window.model,
            window=window.index,
            problem=str(error),
        )


def _chunks(rows: Sequence[Answered], kinds: Mapping[str, str]) -> Iterator[pd.DataFrame]:
    for start in range(0, len(rows), _CHUNK_ROWS):
        yield current_frame(rows[start : start + _CHUNK_ROWS], kinds)


def _embedding(reference: Reference, rows: Sequence[Answered], needed: int) -> Compared | str | None:
    """How the rows, drawn evenly, look to the network against the reference; None where it shows nothing."""
    if reference.embedding is None:
        return None
    drawn = [rows[place] for place in places_rounded_down(len(rows), MOST_ROWS)]
    try:
        seen = reference.embed(pd.DataFrame([dict(row.prediction.features) for row in drawn]))
    except DataError as error:  # a row of a version with other columns
        return str(error)
    return None if seen is None else compare_embeddings(reference.embedding, seen, needed)


def _stale(desk: Desk, cut: Cut) -> list[QualityFinding]:
    if cut.before is None:
        return []
    found = stale_finding(rows=cut.window.rows, end=cut.window.end, end_before=cut.before.end)
    return [replace(found, serious=_time_was_told(desk, cut.before))] if found else []


def _time_was_told(desk: Desk, before: Window) -> bool:
    """Whether time moved in the window before, so that it should have gone on; or was already missed there.

    Where whole days share one time, standing still over a window is nothing.
    """
    earlier = before.drift.quality if before.drift is not None else ()
    if any(finding.kind == "stale" for finding in earlier):
        return any(finding.serious for finding in earlier if finding.kind == "stale")
    return len({row.prediction.time for row in rows_of(desk, before)}) >= LEAST_TIMES


def _reference(desk: Desk, references: References, window: Window) -> Reference:
    """That of the newest version that answered in the window."""
    return references.of(desk.ports.versions.get(desk.spec.model, max(window.versions)).sha256)


def with_place(desk: Desk, window: Window) -> Window:
    """The window with where its page will be, so that an alert can name it before it is printed."""
    printed = window.drift is not None and desk.spec.monitoring.reports != "none"
    return replace(window, report=f"{_page(window)}.html.gz") if printed else window


def is_asked_for(desk: Desk, judgement: Judgement) -> bool:
    """Whether the page is kept because the window broke a rule, news or not: the standing alert names its page."""
    return desk.spec.monitoring.reports == "alerts" and bool(judgement.breaches)


def with_page(desk: Desk, references: References, press: Press, window: Window, rows: Sequence[Answered]) -> Window:
    """The window with its page ordered; an earlier page of the same window is replaced."""
    press(_reference(desk, references, window), rows, desk.ports.artifacts / _page(window))
    return replace(window, report=f"{_page(window)}.html.gz")


def _page(window: Window) -> Path:
    """Without its ending."""
    return Path("windows") / window.model / f"{window.index:06d}"


def current_frame(rows: Sequence[Answered], kinds: Mapping[str, str]) -> pd.DataFrame:
    """Features of the rows, pictures by their figures, with answers in `prediction` and labels so far in `target`."""
    frame = pd.DataFrame([dict(row.prediction.features) for row in rows])
    frame, _ = summarise_pictures(frame, kinds)
    answers = [row.prediction.value for row in rows]
    return with_answers(frame, answers, [None if row.label is None else row.label.value for row in rows])
