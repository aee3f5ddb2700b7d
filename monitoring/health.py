"""A model's health in one word and why, from what is already known about it. It measures nothing itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from infra.domain.alerts import Alert
from infra.domain.windows import Window

HealthWord = Literal["ok", "watch", "degraded", "unknown"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Health:
    """One word, and the sentence behind it."""

    word: HealthWord
    why: str


def health_of(unresolved: Sequence[Alert], last_window: Window | None) -> Health:
    """`degraded` with a critical alert, `watch` with a warning, `ok` when there is a figure, else `unknown`.

    The figure is what was measured in the last window or, while its labels are not due, what is estimated.
    Silenced and informational alerts do not count. `unresolved` are the alerts of one model.
    """
    heard = [alert for alert in unresolved if alert.state != "silenced"]
    critical = [alert for alert in heard if alert.severity == "critical"]
    warnings = [alert for alert in heard if alert.severity == "warning"]
    if critical:
        return Health(word="degraded", why=_sentences(critical))
    if warnings:
        return Health(word="watch", why=_sentences(warnings))
    if last_window is None:
        return Health(word="unknown", why="No window of traffic has been judged yet.")
    figures = last_window.performance or (last_window.estimate if last_window.state == "provisional" else None)
    if figures is None:
        why = f"Window {last_window.index} has no measured performance: {last_window.note or 'its labels are not due'}."
        return Health(word="unknown", why=why)
    name = "Accuracy" if figures.metric == "accuracy" else "Mean absolute error"
    why = f"{name} of window {last_window.index} is {figures.value:.4g} ({figures.kind}); no alert is open."
    return Health(word="ok", why=why)


def _sentences(alerts: Sequence[Alert]) -> str:
    newest = sorted(alerts, key=lambda alert: alert.updated_at, reverse=True)
    more = f" And {len(newest) - 3} more." if len(newest) > 3 else ""
    return " ".join(alert.message for alert in newest[:3]) + more
