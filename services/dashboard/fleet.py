"""The fleet as one row a model: health, figures, and what they are held against, those that need a person first.

It reads through the port `Fleet` alone, and writes no HTML.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import get_args

from infra.display.wording import Metric
from infra.domain.alerts import SEVERITIES, Alert
from infra.ports import Ports
from infra.ports.fleet import Level, Line, Spent
from monitoring.health import Health, HealthWord, health_of
from services.dashboard.model_file import metric_of, spec_of
from services.dashboard.sparkline import Sparkline, sparkline

SPARK_WINDOWS = 30
WORST_FIRST: tuple[HealthWord, ...] = ("degraded", "watch", "unknown", "ok")


@dataclass(frozen=True, kw_only=True, slots=True)
class Gap:
    """How far the last measured level lies from the accepted one, for better or worse.

    `share` is in points of accuracy (0..1), or relative to the accepted error. `sure` means that the accepted
    level lies outside the interval.
    """

    share: float
    worse: bool
    sure: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Gauge:
    """What was spent of the month's budget, 0..; `width` of a bar of 100."""

    share: float
    width: float
    over: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """One model."""

    line: Line
    owner: str | None
    metric: Metric
    health: Health
    gap: Gap | None
    spark: Sparkline | None
    coverage: float | None
    """Share of the last measured window's rows that have a label."""
    unheard: int
    """Alerts that nobody has acknowledged or silenced."""
    worst: str
    """The severity of the worst alert, silenced ones left out; nothing without."""
    became: str
    """What became of the last training."""
    cap: float | None
    gauge: Gauge | None
    currency: str

    @property
    def name(self) -> str:
        """Of the model."""
        return self.line.model.name

    @property
    def level(self) -> Level | None:
        """The last one that was measured."""
        return self.line.levels[-1] if self.line.levels else None


@dataclass(frozen=True, kw_only=True, slots=True)
class Total:
    """How many models have one word of health."""

    word: HealthWord
    count: int


def fleet_rows(ports: Ports) -> list[Row]:
    """Every model, those that need a person first."""
    return sorted(map(row_of, ports.fleet.lines(SPARK_WINDOWS)), key=_urgency)


def totals(rows: Iterable[Row]) -> list[Total]:
    """Worst first, words without a model left out."""
    counts = Counter(row.health.word for row in rows)
    return [Total(word=word, count=counts[word]) for word in WORST_FIRST if counts[word]]


def chosen(word: str) -> HealthWord | None:
    """The word of health that somebody asks for; None for all.

    >>> chosen("ok"), chosen("anything")
    ('ok', None)
    """
    return next((known for known in get_args(HealthWord) if known == word), None)


def row_of(line: Line) -> Row:
    """What is shown of one model."""
    spec = spec_of(line.model)
    metric = metric_of(line.model, [line.newest] if line.newest else [])
    accepted = line.champion.accepted if line.champion else None
    cap = spec.budget.monthly if spec and spec.budget else None
    heard = [alert for alert in line.alerts if alert.state != "silenced"]
    worst = max((alert.severity for alert in heard), key=SEVERITIES.index, default="")
    return Row(
        line=line,
        owner=spec.owner if spec else None,
        metric=metric,
        health=health_of(line.alerts, line.newest),
        gap=_gap(line.levels, accepted, metric),
        spark=sparkline([level.value for level in line.levels], accepted),
        coverage=line.labelled[0] / line.labelled[1] if line.labelled and line.labelled[1] else None,
        unheard=sum(alert.state == "open" for alert in heard),
        worst=worst,
        became=_became(line),
        cap=cap,
        gauge=_gauge(line.spent, cap),
        currency=line.spent.currency if line.spent else spec.costs.currency if spec else "",
    )


def _urgency(row: Row) -> tuple[int, int, float, str]:
    """Worst health first, then what nobody has seen yet, then the deepest fall; calm models by name."""
    rank = WORST_FIRST.index(row.health.word)
    fallen = row.gap.share if row.gap is not None and row.gap.worse and rank < 2 else 0.0
    return rank, -_unheard(row.line.alerts), -fallen, row.name


def _unheard(alerts: Sequence[Alert]) -> int:
    """How severe the worst alert is that waits for somebody; 0 for none."""
    return max((1 + SEVERITIES.index(alert.severity) for alert in alerts if alert.state == "open"), default=0)


def _gap(levels: Sequence[Level], accepted: float | None, metric: Metric) -> Gap | None:
    if not levels or accepted is None:
        return None
    last = levels[-1]
    if metric == "accuracy":
        share, worse = last.value - accepted, last.value < accepted
    else:
        share, worse = (last.value / accepted - 1.0 if accepted > 0.0 else 0.0), last.value > accepted
    return Gap(share=abs(share), worse=worse, sure=not last.low <= accepted <= last.high)


def _gauge(spent: Spent | None, cap: float | None) -> Gauge | None:
    if cap is None or cap <= 0.0:
        return None
    share = spent.amount / cap if spent else 0.0
    return Gauge(share=share, width=round(100 * min(share, 1.0), 1), over=share > 1.0)


_DONE = {
    "promote": "promoted",
    "reject": "rejected",
    "rollback": "rolled back",
    "keep": "kept",
    "challenge": "made challenger",
    "dismiss": "dismissed",
}


def _became(line: Line) -> str:
    """What became of the last training, in a word or two; nothing before the first."""
    run, decision = line.last_run, line.last_decision
    if run is None:
        return ""
    if decision is not None:
        return f"version {decision.version} {_DONE[decision.kind]}"
    if run.state == "succeeded":
        return f"version {run.version} awaits judgement" if run.version else "trained"
    return "running now" if run.state == "running" else run.state
