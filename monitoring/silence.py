"""Silence is an alarm: no traffic, no labels, a monitor that did not run or failed, a schedule that stopped, a
reference that grew old. And how much of what should be looked at was looked at.

Traffic and labels are judged in event time, signs of life on the wall clock. A model that no monitor ever looked at
has no sign of life to miss: the coverage counts it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from infra.domain.alerts import Evidence, Heartbeat
from infra.domain.decisions import Champion
from infra.spec import ModelSpec
from monitoring.breaches import breach_of
from monitoring.rules import Breach, Judgement

NO_TRAFFIC, NO_LABELS, REFERENCE_OLD = "no_traffic", "no_labels", "reference_old"
MONITOR_SILENT, MONITOR_FAILED, SCHEDULE_STOPPED = "monitor_silent", "monitor_failed", "schedule_stopped"
MONITOR = "monitor"
"""The name that a monitor's sign of life goes by."""
SILENT_AFTER = timedelta(minutes=10)
"""Ten times the minute that passes between two looks of the monitor: a retraining may take some of them."""
TIMES = 4
"""A silence this many times the usual one is an alarm, where the model file says nothing."""
LEAST_GAP = timedelta(minutes=10)
"""Shorter silences are nobody's business, however fast the traffic usually is."""
LEAST_TRAFFIC = 30
"""Rows that it takes to know what gaps are usual."""
Span = tuple[datetime, datetime]
"""Start and end of a window."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Sounds:
    """What was last heard of a model, in event time.

    `times` are those of the newest predictions, `spans` start and end of the newest windows, both in any order.
    `rows_since_label` counts what arrived after the newest labelled prediction, or at all where there is none.
    """

    times: Sequence[datetime]
    spans: Sequence[Span]
    last_label: datetime | None
    rows_since_label: int
    champion: Champion | None
    rows_since_champion: int
    schedule_due: datetime | None = None
    """When the schedule should last have asked for a retraining and none came; None: nothing was missed."""


def judge_silence(sounds: Sounds, spec: ModelSpec, *, now: datetime) -> Judgement:
    """Judge traffic, labels, schedule and reference at event time `now`; before the first prediction nothing."""
    if not sounds.times:
        return Judgement()
    parts = (_traffic(sounds, spec, now), _labels(sounds, spec, now), _reference(sounds, spec, now))
    judged = {rule for rule, known, _ in parts if known}
    breaches = [breach for _, _, breach in parts if breach is not None]
    if spec.retraining.schedule is not None:
        judged.add(SCHEDULE_STOPPED)
        if sounds.schedule_due is not None:
            message = (
                f"The schedule `{spec.retraining.schedule}` was due at {sounds.schedule_due.isoformat()}, and no "
                "retraining was asked for since: does `keepsharp flows` run, and do windows close?"
            )
            figures: Evidence = {"due": sounds.schedule_due.isoformat()}
            breaches.append(breach_of(SCHEDULE_STOPPED, "warning", spec.model, message, figures))
    return Judgement(breaches=tuple(breaches), judged=frozenset(judged))


_Part = tuple[str, bool, Breach | None]
"""A rule, whether it could be judged, and its breach."""


def _traffic(sounds: Sounds, spec: ModelSpec, now: datetime) -> _Part:
    agreed = spec.alerts.no_traffic
    limit = agreed.duration if agreed is not None else None
    usual = usual_gap(sounds.times, sounds.spans)
    if limit is None and usual is not None:
        limit = max(TIMES * usual, LEAST_GAP)
    if limit is None:
        return NO_TRAFFIC, False, None
    quiet = now - max(sounds.times)
    if quiet <= limit:
        return NO_TRAFFIC, True, None
    message = f"Nothing was asked for {_words(quiet)}; more than {_words(limit)} is an alarm."
    figures = {"silent_seconds": quiet.total_seconds(), "limit_seconds": limit.total_seconds()}
    return NO_TRAFFIC, True, breach_of(NO_TRAFFIC, "critical", spec.model, message, figures)


def usual_gap(times: Sequence[datetime], spans: Sequence[Span]) -> timedelta | None:
    """The longest gap that was gone through lately: between predictions, and between windows that go further back.

    None for fewer than 30 predictions. Gaps within the older windows are not known, so that a night is only seen
    where it lies between two windows or among the newest predictions.
    """
    if len(times) < LEAST_TRAFFIC:
        return None
    gaps = [later - earlier for earlier, later in pairwise(sorted(times))]
    gaps += [later_start - earlier_end for (_, earlier_end), (later_start, _) in pairwise(sorted(spans))]
    return max(gaps)


def _labels(sounds: Sounds, spec: ModelSpec, now: datetime) -> _Part:
    """Silent for so long, or over so many rows, though there is something to label."""
    agreed = spec.alerts.no_labels
    rows, duration = (agreed.rows, agreed.duration) if agreed is not None else (None, None)
    if agreed is None:
        expected = spec.label_delay
        rows = None if expected.rows is None else TIMES * expected.rows
        duration = None if expected.duration is None else max(TIMES * expected.duration, LEAST_GAP)
    since = sounds.last_label or min(sounds.times)
    quiet = now - since
    if rows is not None:
        broken = sounds.rows_since_label > rows
        message = f"No label came for the last {sounds.rows_since_label} rows; more than {rows} is an alarm."
    else:
        assert duration is not None
        broken = quiet > duration and sounds.rows_since_label > 0 and min(_unlabelled(sounds)) + duration < now
        message = f"No label came for {_words(quiet)}; more than {_words(duration)} is an alarm."
    if not broken:
        return NO_LABELS, True, None
    figures = {"silent_seconds": quiet.total_seconds(), "rows": sounds.rows_since_label}
    return NO_LABELS, True, breach_of(NO_LABELS, "warning", spec.model, message, figures)


def _unlabelled(sounds: Sounds) -> list[datetime]:
    """Times of the newest predictions since the newest labelled one."""
    return sorted(sounds.times)[-sounds.rows_since_label :]


def _reference(sounds: Sounds, spec: ModelSpec, now: datetime) -> _Part:
    agreed, champion = spec.alerts.reference_age, sounds.champion
    if agreed is None or champion is None:
        return REFERENCE_OLD, False, None
    age = now - champion.since
    if agreed.rows is not None:
        old, words = sounds.rows_since_champion > agreed.rows, f"{sounds.rows_since_champion} rows"
    else:
        assert agreed.duration is not None
        old, words = age > agreed.duration, _words(age)
    if not old:
        return REFERENCE_OLD, True, None
    message = (
        f"Traffic is compared with what version {champion.version} was trained on, {words} ago; {agreed} is agreed."
    )
    figures: Evidence = {"version": champion.version, "age_seconds": age.total_seconds()}
    return REFERENCE_OLD, True, breach_of(REFERENCE_OLD, "info", spec.model, message, figures)


def judge_heartbeat(heartbeat: Heartbeat, *, now: datetime, silent_after: timedelta) -> Judgement:
    """Judge the last sign of life of a model's monitor, on the wall clock."""
    quiet, judged = now - heartbeat.at, frozenset({MONITOR_SILENT, MONITOR_FAILED})
    when = heartbeat.at.isoformat(timespec="seconds")
    if quiet > silent_after:
        message = (
            f"The monitor last looked at {when}, {_words(quiet)} ago; {_words(silent_after)} is the most. Nothing is "
            "watched meanwhile: `keepsharp up`, or `keepsharp flows` beside a Prefect server, runs it."
        )
        figures = {"silent_seconds": quiet.total_seconds(), "limit_seconds": silent_after.total_seconds()}
        breach = breach_of(MONITOR_SILENT, "critical", heartbeat.model, message, figures)
        return Judgement(breaches=(breach,), judged=frozenset({MONITOR_SILENT}))
    if heartbeat.ok:
        return Judgement(judged=judged)
    message = f"The monitor failed at {when}: {heartbeat.message}"
    breach = breach_of(MONITOR_FAILED, "critical", heartbeat.model, message, {"failed_at": when})
    return Judgement(breaches=(breach,), judged=judged)


def _words(span: timedelta) -> str:
    return str(timedelta(seconds=round(span.total_seconds())))
