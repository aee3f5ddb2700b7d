"""What runs on whether a model is trained or not, a day at a time: seconds that are shared, and bytes that are kept."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

from infra.domain.costs import CostEntry, Stage
from infra.ledger.months import day_of, month_of
from infra.ledger.pricing import Quantity, entry_of
from infra.spec import ModelSpec

GIGABYTE = 1e9
_DAY = timedelta(days=1)


def day_entry(quantity: Quantity, spec: ModelSpec, *, at: datetime, segment: str = "") -> CostEntry:
    """The entry of one day and stage; who pays and at what rate is part of its id, so that a day may have two."""
    entry = entry_of(quantity, spec, entry_id="", run_id=None, at=at)
    words = (spec.model, quantity.stage, quantity.unit, day_of(at), spec.cost_center, spec.costs.currency, entry.rate)
    named = ":".join(map(str, words)) + (f":{segment}" if segment else "")
    return entry_of(quantity, spec, entry_id=named, run_id=None, at=at)


def share(total: float, weights: Mapping[str, float]) -> dict[str, float]:
    """A total shared out by weight, and equally where nothing weighs anything; the shares sum to it.

    >>> share(6.0, {"a": 2, "b": 1}), share(6.0, {"a": 0, "b": 0})
    ({'a': 4.0, 'b': 2.0}, {'a': 3.0, 'b': 3.0})
    """
    together = sum(weights.values())
    if together <= 0:
        return {name: total / len(weights) for name in weights}
    return {name: total * (weight / together) for name, weight in weights.items()}


def storage_entries(
    sizes: Mapping[str, int], spec: ModelSpec, *, start: datetime, end: datetime
) -> Iterator[CostEntry]:
    """The bytes of each kind, kept over [start, end), as gigabyte-months; a span over several months is cut there.

    Ids follow from kind and beginning: the same span charged again gives the same entries.
    """
    stage: Stage = "storage"
    while start < end:
        first, following = month_of(start)
        until = min(end, following)
        months = (until - start) / (following - first)
        for kind, size in sizes.items():
            quantity = Quantity(
                stage=stage,
                unit="gb_month",
                amount=size / GIGABYTE * months,
                measured=f"bytes of {kind} on disk × {(until - start) / _DAY:.3g} days",
            )
            named = f"{spec.model}:storage:{kind}:{start.isoformat()}"
            yield entry_of(quantity, spec, entry_id=named, run_id=None, at=start)
        start = until
