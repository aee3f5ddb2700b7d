"""The figures that an alert rests on, as a person reads them: a name, words with units, and the window they are of.

It knows records alone, and leaves out what is only bookkeeping.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from infra.display.wording import Metric, figure, interval, level, metric_name, money, phrase
from infra.domain.alerts import Alert, Evidence
from monitoring.alerting import BROKEN, BROKEN_AT, JUDGED_AT, OPENED_SEQ, QUIET
from monitoring.joining import SINCE, joinings

_BOOKKEEPING = {"report", "place", "last_seq", "low", "high", "currency", OPENED_SEQ, QUIET, BROKEN, JUDGED_AT}
_BOOKKEEPING |= {BROKEN_AT, "run", "decision", "window"}
_SHARES = {"drifted_share", "coverage", "largest_share", "known_error"}
_LEVELS = {"accepted", "limit", "score", "elsewhere"}
_NAMES = {
    "accepted": "Accepted at",
    "limit": "Worst that is accepted",
    "labelled": "Labels",
    "labels_seen": "Labels of this version",
    "seen_by": "Seen by",
    "drifted_share": "Columns that drifted",
    "largest_effect": "Largest shift",
    "effect": "Shift",
    "coverage": "Rows with a label",
    "known_error": "Errors that the model explains",
    "p_value": "Chance of it without a change",
    "where": "Rows where",
    "score": "There",
    "elsewhere": "Elsewhere",
    "silent_seconds": "Silent for",
    "limit_seconds": "Longest that is usual",
    "age_seconds": "Age",
    "cap": "Budget",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Fact:
    """One figure in words."""

    name: str
    text: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Naming:
    """What came to be named together: when, in which window if it was one, and the names."""

    names: str
    at: datetime
    window: int | None


def facts_of(alert: Alert, metric: Metric) -> list[Fact]:
    """What the rule read, the figure it is about first."""
    evidence = alert.evidence
    found = _headline(evidence, metric)
    about_levels = bool(found) or "score" in evidence
    hidden = _BOOKKEEPING | {metric, f"estimated_{metric}", f"run_{metric}"}
    for name, value in evidence.items():
        if value is None or name in hidden or name.startswith(SINCE):
            continue
        found.append(
            Fact(
                name=_NAMES.get(name, phrase(name).capitalize()),
                text=_words(name, value, evidence, metric, about_levels),
            )
        )
    return found


def namings_of(alert: Alert) -> list[Naming]:
    """Since when it names what, oldest first."""
    return [
        Naming(names=", ".join(names), at=since.at, window=since.window) for since, names in joinings(alert.evidence)
    ]


def windows_of(alert: Alert) -> list[int]:
    """The window that it was found in last; none where that is told among what it names."""
    named = {since.window for since, _ in joinings(alert.evidence)}
    own = alert.evidence.get("window")
    return [own] if isinstance(own, int) and own not in named else []


def _headline(evidence: Evidence, metric: Metric) -> list[Fact]:
    found = []
    for name, words in ((metric, "Measured"), (f"estimated_{metric}", "Estimated")):
        value, low, high = evidence.get(name), evidence.get("low"), evidence.get("high")
        if isinstance(value, int | float):
            told = level(value, metric)
            if isinstance(low, int | float) and isinstance(high, int | float):
                told += f" ({interval(low, high, metric)})"
            found.append(Fact(name=f"{words} {metric_name(metric)}", text=told))
    run, own = evidence.get("run"), evidence.get(f"run_{metric}")
    if isinstance(run, int) and isinstance(own, int | float):
        found.append(Fact(name=f"On the last {run:,} labels", text=level(own, metric)))
    return found


def _words(name: str, value: float | int | str, evidence: Evidence, metric: Metric, about_levels: bool) -> str:
    if isinstance(value, str):
        return value
    if name in _SHARES:
        return f"{value:.0%}"
    if name in _LEVELS and about_levels:
        return level(value, metric)
    if name.endswith("_seconds"):
        return span(value)
    if name.endswith("effect"):
        return f"{value:.2f} of at most 1"
    if name == "p_value":
        return f"{value:.2g}"
    if name in ("spent", "cap"):
        return money(value, str(evidence.get("currency") or ""))
    return figure(value)


def span(seconds: float) -> str:
    """How long, in the unit that says most.

    >>> span(42.4), span(150), span(5400), span(200_000)
    ('42 seconds', '2.5 minutes', '1.5 hours', '2.3 days')
    """
    for unit, size in (("day", 86_400), ("hour", 3_600), ("minute", 60)):
        if seconds >= size:
            return f"{seconds / size:.2g} {unit}s" if seconds / size != 1 else f"1 {unit}"
    return f"{seconds:.0f} seconds"
