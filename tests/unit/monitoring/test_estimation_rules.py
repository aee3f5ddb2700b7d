"""An estimate raises a warning when its whole band is beyond the limit, and none while it is muted."""

from __future__ import annotations

from dataclasses import replace

import pytest

from infra.domain.windows import PerformanceReport
from monitoring.estimate_audit import EstimateAudit
from monitoring.estimation_rules import ESTIMATE_DEGRADED, judge_estimate
from tests.unit.monitoring.building import champion, spec, window
from tests.unit.monitoring.estimating import estimated

HEARD, MUTED = EstimateAudit(), EstimateAudit(audited=10, coverage=0.5, muted=True, why="it missed")


@pytest.mark.parametrize(
    ("estimate", "audit", "breached", "why"),
    [
        (estimated(0.83, half=0.03), HEARD, True, "0.86 is below 0.90 - 0.03"),
        (estimated(0.85, half=0.03), HEARD, False, "the band reaches into what is accepted"),
        (estimated(0.99, half=0.01), HEARD, False, "better is not worse"),
        (estimated(0.50, half=0.03), MUTED, False, "muted"),
    ],
)
def test_the_rule(estimate: PerformanceReport, audit: EstimateAudit, breached: bool, why: str) -> None:
    found = judge_estimate(replace(window(), estimate=estimate), champion(accepted=0.9), spec(), audit)
    assert bool(found.breaches) is breached, why
    assert found.judged == {ESTIMATE_DEGRADED}
    assert all(breach.severity == "warning" for breach in found.breaches)


def test_larger_errors_are_worse() -> None:
    model = spec("regression")
    above = replace(window(), estimate=estimated(1.2, half=0.1, metric="mae"))
    below = replace(window(), estimate=estimated(0.5, half=0.1, metric="mae"))
    assert judge_estimate(above, champion(accepted=1.0), model, HEARD).breaches
    assert not judge_estimate(below, champion(accepted=1.0), model, HEARD).breaches


def test_what_was_not_estimated_or_answered_by_others_is_not_judged() -> None:
    other = replace(window(versions=(1, 2)), estimate=estimated(0.1))
    for held in (window(), other):
        assert judge_estimate(held, champion(accepted=0.9), spec(), HEARD).judged == frozenset()


def test_the_message_says_that_it_is_an_estimate() -> None:
    found = judge_estimate(replace(window(), estimate=estimated(0.5)), champion(accepted=0.9), spec(), HEARD)
    assert "is estimated at 0.5" in found.breaches[0].message
    assert found.breaches[0].evidence["estimated_accuracy"] == 0.5
    assert "accuracy" not in found.breaches[0].evidence
