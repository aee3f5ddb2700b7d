"""How right the answers probably are, before the labels of their windows are due.

An estimate is kept beside what is measured later, so that `monitoring.estimate_audit` can hold it to account.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from flows.cutting import rows_of
from flows.desk import Desk
from flows.notifying import raise_alerts
from flows.quarantining import without_held_back
from infra.domain.decisions import Champion
from infra.domain.predictions import Answered
from infra.domain.windows import Window
from monitoring.estimate_audit import EstimateAudit, audit_estimates
from monitoring.estimation import estimate
from monitoring.estimation_rules import judge_estimate

AUDITED_WINDOWS = 200
KNOWN_WINDOWS = 6
"""Measured windows of the same version that an estimate learns from."""


def estimate_windows(desk: Desk, windows: Sequence[Window], *, now: datetime) -> list[Window]:
    """Estimate, judge and save these windows, which have just closed, where their champion answered all of them."""
    champion = desk.ports.versions.champion(desk.spec.model)
    if champion is None:
        return list(windows)
    return [_estimate(desk, window, champion, now) for window in windows]


def _estimate(desk: Desk, window: Window, champion: Champion, now: datetime) -> Window:
    if window.versions != (champion.version,):
        return window
    earlier = [one for one in desk.ports.windows.page(desk.spec.model, AUDITED_WINDOWS) if one.index < window.index]
    audit = audit_estimates(earlier, alpha=desk.spec.monitoring.alpha)
    known = _known_rows(desk, earlier, champion)
    found = estimate(rows_of(desk, window), known, audit, desk.spec)
    if found.report is None:
        return window
    window = replace(window, estimate=found.report)
    desk.ports.windows.save(window)
    _judge(desk, window, champion, audit, now)
    return window


def _known_rows(desk: Desk, earlier: Sequence[Window], champion: Champion) -> list[Answered]:
    """Of the newest measured windows that the champion answered, oldest first."""
    mine = [one for one in earlier if one.state == "final" and one.versions == (champion.version,)][:KNOWN_WINDOWS]
    rows = [row for one in sorted(mine, key=lambda one: one.index) for row in rows_of(desk, one)]
    return without_held_back(desk, rows)


def _judge(desk: Desk, window: Window, champion: Champion, audit: EstimateAudit, now: datetime) -> None:
    raise_alerts(desk, judge_estimate(window, champion, desk.spec, audit), at=now)
