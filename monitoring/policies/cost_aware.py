"""The policy `cost_aware`: retrain once staying wrong has cost what a retraining costs.

Regret is counted in wrong decisions: rows × (what a fresh fit achieves − what the champion achieved), window by
window since the last retraining, and never below 0, so that noise cancels. Comparing with what is achievable, and
not with the recent past, is what keeps a bad retrain from becoming the new normal. Paying when the regret equals
the price is the ski-rental rule (Karlin et al. 1988): at most twice the cost of knowing the future. The idea of
accumulated staleness cost is that of CARA (Mahadevan and Mathioudakis 2024).

It does not know which columns drifted, and never retrains on drift alone.
"""

from __future__ import annotations

from dataclasses import dataclass

from infra.domain.windows import PerformanceReport, Window
from infra.spec import ModelSpec
from monitoring.policies.policy import Verdict, choose_how
from monitoring.policies.situation import Situation

NOISE_SHARE = 0.02
"""Regret below this share of one window's rows is noise."""
WRONG_DECISIONS_PER_CPU_SECOND = 1.0
"""Without prices, a second of computing weighs as much as this many wrong decisions."""
MOST_DOUBLINGS = 1


@dataclass(frozen=True, kw_only=True, slots=True)
class CostAware:
    """Retrains when the regret since the last retraining reaches its price and the gain ahead covers it too."""

    spec: ModelSpec
    name: str = "cost_aware"

    def decide(self, situation: Situation) -> Verdict:
        measured = [(window, window.performance) for window in situation.windows_since if window.performance]
        if not measured:
            reason = "No window since the last retraining has been measured yet."
            return Verdict(retrain=False, reason=reason, evidence={"new_labels": situation.new_labels})
        regret, gap = _regret(measured, situation)
        price = price_in_wrong_decisions(situation)
        typical_rows = sum(window.rows for window, _ in measured) / len(measured)
        failures = failures_in_a_row(situation)
        needed = max(NOISE_SHARE * typical_rows, price or 0.0) * 2 ** min(failures, MOST_DOUBLINGS)
        ahead = gap * situation.decisions_ahead
        retrain = regret >= needed and ahead > (price or 0.0)
        return Verdict(
            retrain=retrain,
            reason=(
                f"Staying has cost {regret:.1f} wrong decisions against what is achievable, and {needed:.1f} are needed"
                f"{f' after {failures} retrains that did not pay' if failures else ''}; "
                f"retraining would save {ahead:.1f} of the next {situation.decisions_ahead} "
                f"and costs {'an unknown number' if price is None else format(price, '.1f')}."
            ),
            evidence={
                "regret": regret,
                "regret_needed": needed,
                "gain_ahead": ahead,
                "price": price,
                "achievable": situation.achievable,
                "recent": measured[-1][1].value,
                "failures_in_a_row": failures,
                "decisions_ahead": situation.decisions_ahead,
                "forecast_cpu_seconds": situation.forecast_cpu_seconds,
                "forecast_cost": situation.forecast_cost,
            },
            how=choose_how(situation, self.spec),
        )


def price_in_wrong_decisions(situation: Situation) -> float | None:
    """A retraining in wrong decisions: by prices where both are known, else by CPU seconds; None before the first."""
    if situation.wrong_decision and situation.forecast_cost is not None:
        return situation.forecast_cost / situation.wrong_decision
    seconds = situation.forecast_cpu_seconds
    return None if seconds is None else seconds * WRONG_DECISIONS_PER_CPU_SECOND


def failures_in_a_row(situation: Situation) -> int:
    """How many of the latest retrainings did not pay, back to the last one that did."""
    count = 0
    for run in reversed(situation.past):
        if run.paid:
            break
        count += 1
    return count


def _regret(measured: list[tuple[Window, PerformanceReport]], situation: Situation) -> tuple[float, float]:
    """(regret in wrong decisions, mean gap per decision). For MAE the gap is relative: 0.1 is a tenth above."""
    regret, total, rows = 0.0, 0.0, 0
    for window, report in measured:
        gap = _gap(report.value, situation)
        regret = max(0.0, regret + gap * window.rows)
        total, rows = total + gap * window.rows, rows + window.rows
    return regret, max(0.0, total / rows)


def _gap(value: float, situation: Situation) -> float:
    if situation.metric == "accuracy":
        return situation.achievable - value
    return (value - situation.achievable) / situation.achievable if situation.achievable > 0.0 else float(value > 0.0)
