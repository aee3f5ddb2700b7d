"""Costs as pictures: months as bars, and the whole cut where the money went. A template draws what it works out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from infra.display.wording import money
from infra.ledger.summing import Sum

WIDTH, HEIGHT, FOOT = 860.0, 200.0, 34.0
MOST_MONTHS = 24
LABEL_WIDTH, WIDEST = 70.0, 96.0
"""What a month's name and amount take; and the widest bar, so that two months do not look like two walls."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Bar:
    """One month in the units of the drawing."""

    x: float
    y: float
    width: float
    height: float
    name: str
    amount: str
    is_named: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Part:
    """One share of a whole, in percent, and its place among them, from 0."""

    name: str
    amount: str
    left: float
    share: float
    place: int


def month_bars(months: Sequence[Sum], width: float = WIDTH) -> list[Bar]:
    """The latest months as bars; none for fewer than two."""
    shown = months[-MOST_MONTHS:]
    top = max((one.amount for one in shown), default=0.0)
    if len(shown) < 2 or top <= 0:
        return []
    step = width / len(shown)
    thick = min(0.76 * step, WIDEST)
    every = -(-len(shown) // max(1, int(width // LABEL_WIDTH)))
    return [
        Bar(
            x=place * step + (step - thick) / 2,
            y=(HEIGHT - FOOT) * (1 - one.amount / top) + 16,
            width=thick,
            height=(HEIGHT - FOOT) * one.amount / top,
            name=one.name,
            amount=money(one.amount, one.currency),
            is_named=place % every == 0,
        )
        for place, one in enumerate(shown)
    ]


def parts_of(groups: Sequence[Sum]) -> list[Part]:
    """The whole, cut where the money went; none where nothing has a price."""
    total = sum(one.amount for one in groups)
    found, left = [], 0.0
    for place, one in enumerate(groups if total > 0 else ()):
        share = 100 * one.amount / total
        amount = money(one.amount, one.currency) if one.amount or not one.unpriced else "unpriced"
        found.append(Part(name=one.name, amount=amount, left=left, share=share, place=place))
        left += share
    return found
