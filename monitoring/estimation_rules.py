"""Does an estimate deserve a person's attention before the labels come?

It judges one window's estimate against the champion's limit; it makes no estimate and opens no alert.
"""

from __future__ import annotations

from infra.domain.decisions import Champion
from infra.domain.windows import Window
from infra.spec import ModelSpec
from monitoring.estimate_audit import EstimateAudit
from monitoring.rules import Breach, Judgement, worst_accepted

ESTIMATE_DEGRADED = "estimate_degraded"


def judge_estimate(window: Window, champion: Champion, spec: ModelSpec, audit: EstimateAudit) -> Judgement:
    """Breached when the whole band lies beyond the worst accepted level. Ask once a window.

    A muted estimator breaches nothing, and an alert that it raised may settle: nobody should act on what was shown
    to be wrong. A window without an estimate, or one that the champion did not answer alone, says nothing.
    """
    estimate = window.estimate
    if estimate is None or window.versions != (champion.version,):
        return Judgement()
    limit = worst_accepted(champion, spec)
    beyond = estimate.high < limit if estimate.metric == "accuracy" else estimate.low > limit
    judged = frozenset({ESTIMATE_DEGRADED})
    if audit.muted or not beyond:
        return Judgement(judged=judged)
    breach = Breach(
        rule=ESTIMATE_DEGRADED,
        severity="warning",
        dedup_key=f"{window.model}:{ESTIMATE_DEGRADED}",
        message=(
            f"{estimate.metric} is estimated at {estimate.value:.4g} ({estimate.low:.4g} to {estimate.high:.4g}), "
            f"wholly worse than {limit:.4g}, before labels have come; version {champion.version} was accepted at "
            f"{champion.accepted:.4g}. Ask for labels: only they can tell."
        ),
        evidence={
            f"estimated_{estimate.metric}": estimate.value,
            "low": estimate.low,
            "high": estimate.high,
            "accepted": champion.accepted,
            "limit": limit,
            "version": champion.version,
            "audited": audit.audited,
            "coverage": audit.coverage,
            "window": window.index,
            "last_seq": window.last_seq,
            "report": window.report,
        },
    )
    return Judgement(breaches=(breach,), judged=judged)
