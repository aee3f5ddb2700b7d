"""The cost report as one HTML file that needs nothing beside it, to be sent or printed. Everything in it is escaped."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from jinja2 import Environment, PackageLoader, StrictUndefined

from infra.display.wording import money
from infra.ledger.summing import Sum
from services.cli import cost_text
from services.cli.moments import wall_clock

if TYPE_CHECKING:
    from services.cli.cost_account import CostAccount

WIDTH, HEIGHT, FOOT = 860.0, 200.0, 34.0
MOST_MONTHS = 24
COLOURS = ("#1766a8", "#4c9f70", "#e0a030", "#b4557d", "#6c6f93", "#8a5a3b")


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
    """One share of a whole, in percent, and its colour."""

    name: str
    amount: str
    left: float
    share: float
    colour: str


def cost_page(account: CostAccount) -> str:
    """The page's text."""
    environment = Environment(
        loader=PackageLoader("services.cli", "templates"), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    environment.filters.update(day=cost_text.shown_day)
    environment.globals.update(money=money)
    statement, currency = account.statement, account.currency
    outlook = account.outlooks.get(currency)
    return environment.get_template("costs.html").render(
        account=account,
        statement=statement,
        currency=currency,
        whole=statement.total.get(currency, 0.0),
        others={name: amount for name, amount in statement.total.items() if name != currency},
        outlook=outlook,
        made_at=wall_clock(),
        bars=month_bars([one for one in statement.by_month if one.currency == currency]),
        parts=parts_of([one for one in statement.by_group if one.currency == currency]),
        notes=list(cost_text.measured_lines(statement)),
        track=cost_text.track_words(account.track),
        tables=_tables(account),
        width=WIDTH,
        height=HEIGHT,
        foot=FOOT,
    )


def _tables(account: CostAccount) -> list[tuple[str, Sequence[Sum]]]:
    """What is worth a table of its own: a list of one thing tells nothing."""
    statement = account.statement
    tables: list[tuple[str, Sequence[Sum]]] = [("Stage", statement.by_stage)]
    for name, sums in (
        ("Model", statement.by_model),
        ("Cost centre", statement.by_cost_center),
        ("Owner", statement.by_owner),
    ):
        if len({one.name for one in sums}) > 1:
            tables.append((name, sums))
    return tables


def month_bars(months: Sequence[Sum]) -> list[Bar]:
    """The latest months as bars; none for fewer than two."""
    shown = months[-MOST_MONTHS:]
    top = max((one.amount for one in shown), default=0.0)
    if len(shown) < 2 or top <= 0:
        return []
    step = WIDTH / len(shown)
    every = -(-len(shown) // 12)
    return [
        Bar(
            x=place * step + step * 0.12,
            y=(HEIGHT - FOOT) * (1 - one.amount / top) + 16,
            width=step * 0.76,
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
        colour = COLOURS[place % len(COLOURS)]
        amount = money(one.amount, one.currency) if one.amount or not one.unpriced else "unpriced"
        found.append(Part(name=one.name, amount=amount, left=left, share=share, colour=colour))
        left += share
    return found
