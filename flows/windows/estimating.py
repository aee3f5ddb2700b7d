"""Estimate how right the answers of a window are while its labels have not come, and say so when that is too bad.

Rows and windows are gathered here; `monitoring.estimation` estimates and `monitoring.estimate_audit` holds it to
account with every window that was measured since.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from flows.desk import Desk
from flows.notifying import raise_alerts
from flows.rows.quarantining import without_held_back
from flows.windows.closing import with_place
from flows.windows.cutting import rows_of
from infra.domain.predictions import Answered
from infra.domain.windows import Window
from monitoring.estimate_audit import audit_estimates
from monitoring.estimation import estimate
from monitoring.estimation_rules import judge_estimate

EARLIER_WINDOWS = 40
"""Windows before one to be estimated that are looked at, newest first."""
KNOWN_ROWS = 2_000
"""The newest labelled rows that an estimate learns from."""


def estimate_windows(desk: Desk, *, now: datetime) -> list[Window]:
    """Estimate, judge and save every provisional window that has no estimate, oldest first.

    One that cannot be estimated yet is left as it is, and tried again at the next look.
    """
    waiting = [window for window in desk.ports.windows.provisional(desk.spec.model) if window.estimate is None]
    past = desk.ports.windows.page(desk.spec.model, EARLIER_WINDOWS + len(waiting)) if waiting else []
    return [done for window in waiting if (done := _estimate(desk, window, past, now)) is not None]


def _estimate(desk: Desk, window: Window, past: Sequence[Window], now: datetime) -> Window | None:
    if window.rows < desk.spec.monitoring.minimum_rows:
        return None
    earlier = [one for one in past if one.index < window.index]
    audit = audit_estimates(earlier, alpha=desk.spec.monitoring.alpha)
    found = estimate(rows_of(desk, window), _known_rows(desk, window, earlier), audit, desk.spec)
    if found.report is None:
        return None
    window = replace(window, estimate=found.report)
    champion = desk.ports.versions.champion(desk.spec.model)
    if champion is not None:
        judged = with_place(desk, window) if desk.spec.monitoring.reports == "every" else window
        raise_alerts(desk, judge_estimate(judged, champion, desk.spec, audit), at=now)
    desk.ports.windows.save(window)
    return window


def _known_rows(desk: Desk, window: Window, earlier: Sequence[Window]) -> list[Answered]:
    """Newest labelled rows of measured windows, oldest first, answered by the versions of `window`.

    Labels that are one-sided or in quarantine teach nothing. `earlier` is newest first.
    """
    found: list[Answered] = []
    for one in earlier:
        if len(found) >= KNOWN_ROWS:
            break
        if _teaches(one) and set(one.versions) & set(window.versions):
            rows = without_held_back(desk, rows_of(desk, one))
            mine = [row for row in rows if row.label is not None and row.prediction.version in window.versions]
            found = [*mine, *found]
    return found[-KNOWN_ROWS:]


def _teaches(window: Window) -> bool:
    one_sided = window.feedback is not None and window.feedback.one_sided
    return window.performance is not None and not window.performance.biased and not one_sided
