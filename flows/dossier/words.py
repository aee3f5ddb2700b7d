"""Figures of a dossier as sentences that a manager reads. Pure; what is unknown is said, never 0."""

from __future__ import annotations

from infra.display.wording import Metric, interval, level, money
from infra.domain.costs import CostEntry
from infra.domain.learning import LearningCurve, NextStep
from infra.domain.merit import Difference
from infra.domain.provenance import Provenance

FAR = 10
"""Beyond this many times the labels there are, no such curve can be trusted."""


def quantity_words(entry: CostEntry) -> str:
    """How much of what was used, short enough for a table."""
    units = {"cpu_second": "CPU s", "gpu_second": "GPU s", "kwh": "kWh", "kg_co2e": "kg CO₂e", "gb_month": "GB months"}
    plural = "" if entry.quantity == 1 else "s"
    unit = units.get(entry.unit, f"{entry.unit.replace('_', ' ')}{plural}")
    return f"{entry.quantity:,.0f} {unit}" if entry.quantity >= 100 else f"{entry.quantity:.3g} {unit}"


def amount_of_error(value: float, metric: Metric, digits: int = 1) -> str:
    """A difference of the metric without its sign: points of accuracy, or error.

    >>> amount_of_error(-0.0123, "accuracy"), amount_of_error(0.5, "mae")
    ('1.2 points', '0.5')
    """
    size = abs(value)
    return f"{100 * size:.{digits}f} points" if metric == "accuracy" else f"{size:.3g}"


def span_of(difference: Difference, metric: Metric) -> str:
    """Both ends with their signs.

    >>> span_of(Difference(value=0.01, low=-0.004, high=0.024), "accuracy")
    '-0.4 to +2.4'
    """
    scale = 100 if metric == "accuracy" else 1
    ends = [
        f"{scale * end:+.1f}" if metric == "accuracy" else f"{end:+.3g}" for end in (difference.low, difference.high)
    ]
    return " to ".join(ends)


def trained_words(found: Provenance | None, rows: int) -> str:
    """Question 1."""
    if found is None:
        return f"Trained on {rows:,} labelled rows; its provenance was not gathered."
    began = {
        "scratch": "Trained from scratch",
        "warm": f"Trained on from version {found.from_version}",
    }.get(found.started, f"Fine-tuned from given weights ({(found.from_sha256 or 'unknown')[:12]})")
    frozen = f" {found.note[0].upper()}{found.note[1:]}." if found.note else ""
    return (
        f"{began} on {rows:,} labelled rows: network {found.network} with {found.parameters:,} parameters, "
        f"seed {found.seed}.{frozen}"
    )


def half_words(curve: LearningCurve | None, why_not: str | None) -> str:
    """Question 2."""
    if curve is None:
        return f"Not measured{f': {why_not}' if why_not else ''}."
    if curve.less_with_half is None:
        return "What half of the labels would have given was not reached."
    by_share = {point.share: point.value for point in curve.points}
    difference = Difference(value=curve.less_with_half[0], low=curve.less_with_half[1], high=curve.less_with_half[2])
    half, whole = (level(by_share[share], curve.metric) for share in (0.5, 1.0))
    what = "is right on" if curve.metric == "accuracy" else "misses by"
    said = f"With half of the labels it {what} {half} instead of {whole}"
    if difference.low > 0:
        tail = f": {amount_of_error(difference.value, curve.metric)} worse ({span_of(difference, curve.metric)})."
    elif difference.high < 0:
        tail = f": not worse, by luck or by drift ({span_of(difference, curve.metric)})."
    else:
        tail = f", which is no difference that chance would not make ({span_of(difference, curve.metric)})."
    return said + tail


def next_step_words(curve: LearningCurve) -> str:
    """The price of the next point."""
    step, law = curve.next_step, curve.law
    if step is None or law is None:
        return "The price of the next point is unknown: the curve has too few points for a law."
    name = "The next point of accuracy" if curve.metric == "accuracy" else "One hundredth less error"
    if step.rows is None:
        best, low, high = law.limit, law.limit_low, law.limit_high
        if curve.metric == "accuracy":
            best, low, high = 1 - best, 1 - high, 1 - low
        return (
            f"{name} is not reachable under this fit by more labels alone: the law levels off at "
            f"{level(best, curve.metric)} ({interval(low, high, curve.metric)}); {_doubt(step)}."
        )
    times = 1 + step.rows / law.rows
    ends = f"{step.low:,}" if step.low is not None else "none"
    ends += f" to {step.high:,}" if step.high is not None else " to never"
    said = f"{name} takes about {step.rows:,} more labels ({ends}; {_doubt(step)}): {_price(step)}."
    if times > FAR:
        return f"{said} That is {times:,.0f} times the labels there are, farther than such a law can be trusted."
    return said


def _doubt(step: NextStep) -> str:
    return f"{step.reachable:.0%} of the resampled fits reach it"


def _price(step: NextStep) -> str:
    labels = (
        "labels have no price in the model file"
        if step.labels_cost is None
        else f"{money(step.labels_cost, step.currency)} for the labels"
    )
    training = (
        "computing has no price"
        if step.training_cost is None
        else f"{money(step.training_cost, step.currency)} more for each training"
    )
    return f"{labels}, {training}"
