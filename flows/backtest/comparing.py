"""Policies side by side: accuracy, compute, total cost, what is left to the oracle, and what to do about it.

Pure: losses and seconds in, figures and one sentence out. It knows nothing of how models were trained.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flows.backtest.oracle import Foresight, Prices, look_ahead
from flows.backtest.played import Played
from flows.backtest.running import Contested
from infra.spec import ModelSpec

SECONDS_PER_HOUR = 3600.0
DAYS_PER_MONTH = 30.44
ENOUGH = 0.99
"""Without a price for errors: the share of the best gain that a policy has to reach to be recommended for thrift."""
AS_GOOD = 0.001
"""A total that is lower by less than this share is no reason to leave the policy in force."""
FULL = "scratch every window"
NEVER = "never"


@dataclass(frozen=True, kw_only=True)
class Line:
    """How one policy fared. `score` is accuracy, or MAE; `gain` is how much better than `never`, in its units.

    `gain_share` is that gain as a share of what training from scratch after every window gains, `cpu_share` the
    compute (deciding included) as a share of that one's; None where that was not played or gains nothing. `total` is
    errors and compute in money, or in wrong decisions where they have no price; `regret` what it is above the oracle's.
    """

    policy: str
    score: float
    gain: float
    gain_share: float | None
    cpu_seconds: float
    cpu_share: float | None
    trainings: int
    brought_back: int
    total: float
    regret: float
    on_frontier: bool


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """All lines in the order they were played, the oracle, and what follows."""

    metric: str
    rows: int
    windows: int
    days: float
    priced: bool
    currency: str
    lines: tuple[Line, ...]
    oracle: Foresight
    oracle_score: float
    recommended: str
    in_force: str
    saving_per_month: float

    def line(self, policy: str) -> Line | None:
        """The line of a policy."""
        return next((one for one in self.lines if one.policy == policy), None)


def prices_of(spec: ModelSpec, error_scale: float) -> Prices:
    """The model file's prices; without one for errors, a CPU second weighs as much as one wrong decision."""
    if not spec.costs.wrong_decision:
        return Prices(wrong_decision=1.0, cpu_second=1.0, error_scale=error_scale)
    second = (spec.costs.cpu_hour or 0.0) / SECONDS_PER_HOUR
    return Prices(wrong_decision=spec.costs.wrong_decision, cpu_second=second, error_scale=error_scale)


def compare_policies(
    contested: Contested, spec: ModelSpec, *, windows: int, days: float, in_force: str, prices: Prices | None = None
) -> Comparison:
    """The table of a contest. `in_force` is the policy that the model file names; savings are against it."""
    charged = prices or prices_of(spec, contested.error_scale)
    oracle = look_ahead(contested.first_losses, contested.chains, charged)
    by_name = {one.policy: one for one in contested.played}
    rows = len(contested.played[0].losses)
    never = float(contested.first_losses.sum()) / rows
    full = by_name.get(FULL)
    totals = {one.policy: charged.total(one.losses, one.cpu_seconds) for one in contested.played}
    frontier = _frontier(contested.played)
    lines = tuple(
        _line(one, spec, never, full, totals[one.policy], oracle, on_frontier=one.policy in frontier)
        for one in contested.played
    )
    recommended = _recommended(lines, priced=bool(spec.costs.wrong_decision), classes=spec.task == "classification")
    compared_with = in_force if in_force in totals else NEVER
    if totals.get(in_force, float("inf")) <= totals[recommended] * (1.0 + AS_GOOD):
        recommended = in_force
    saved = totals.get(compared_with, charged.total(contested.first_losses, 0.0)) - totals[recommended]
    return Comparison(
        metric="accuracy" if spec.task == "classification" else "mae",
        rows=rows,
        windows=windows,
        days=days,
        priced=bool(spec.costs.wrong_decision),
        currency=spec.costs.currency,
        lines=lines,
        oracle=oracle,
        oracle_score=_score(oracle.losses / rows, spec),
        recommended=recommended,
        in_force=compared_with,
        saving_per_month=saved / days * DAYS_PER_MONTH if days > 0.0 else 0.0,
    )


def recommendation(found: Comparison) -> str:
    """What to do, in one sentence.

    A policy that is as good as the one in force, to a thousandth of its total, is no reason to change.
    """
    line = found.line(found.recommended)
    assert line is not None
    score = f"{line.score:.1%} right" if found.metric == "accuracy" else f"a mean absolute error of {line.score:.4g}"
    facts = f"{score} for {line.cpu_seconds:.2f} CPU seconds over {found.windows} windows"
    if found.recommended == found.in_force:
        return f"Keep `{found.in_force}`: {facts}; no other policy costs less on this history."
    unit = found.currency if found.priced else "wrong decisions"
    saving = f"{found.saving_per_month:,.2f} {unit} a month less than `{found.in_force}`"
    return f"Use `{found.recommended}`: {facts}, {saving} on this history."


def _line(
    one: Played,
    spec: ModelSpec,
    never: float,
    full: Played | None,
    total: float,
    oracle: Foresight,
    *,
    on_frontier: bool,
) -> Line:
    loss = float(one.losses.mean())
    most = never - float(full.losses.mean()) if full is not None else 0.0
    return Line(
        policy=one.policy,
        score=_score(loss, spec),
        gain=never - loss,
        gain_share=(never - loss) / most if most > 0.0 else None,
        cpu_seconds=one.cpu_seconds,
        cpu_share=one.cpu_seconds / full.cpu_seconds if full is not None and full.cpu_seconds > 0.0 else None,
        trainings=one.trainings,
        brought_back=sum(deed.how == "bring_back" for deed in one.deeds),
        total=total,
        regret=total - oracle.total,
        on_frontier=on_frontier,
    )


def _score(loss: float, spec: ModelSpec) -> float:
    return 1.0 - loss if spec.task == "classification" else loss


def _frontier(played: Sequence[Played]) -> frozenset[str]:
    """Policies than which no other is both as accurate and as cheap, and better in one of the two."""
    points = [(one.policy, float(one.losses.mean()), one.cpu_seconds) for one in played]
    return frozenset(
        name
        for name, loss, seconds in points
        if not any(other <= loss and cost <= seconds and (other < loss or cost < seconds) for _, other, cost in points)
    )


def _recommended(lines: Sequence[Line], *, priced: bool, classes: bool) -> str:
    """The least total; without a price for errors, the least compute that reaches 99 % of the best gain."""
    if priced:
        return min(lines, key=lambda one: one.total).policy
    best = max(one.gain for one in lines)
    enough = [one for one in lines if one.gain >= ENOUGH * best]
    return min(enough, key=lambda one: (one.cpu_seconds, one.score if not classes else -one.score)).policy
