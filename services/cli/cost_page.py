"""The cost report as one HTML file that needs nothing beside it, to be sent or printed. Everything in it is escaped."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from jinja2 import Environment, PackageLoader, StrictUndefined

from infra.display.wording import money
from infra.ledger.summing import Sum
from services.accounts import cost_words
from services.accounts.cost_pictures import FOOT, HEIGHT, WIDTH, month_bars, parts_of
from services.cli.moments import wall_clock

if TYPE_CHECKING:
    from services.accounts.costs import CostAccount

COLOURS = ("#1766a8", "#4c9f70", "#e0a030", "#b4557d", "#6c6f93", "#8a5a3b")


def cost_page(account: CostAccount) -> str:
    """The page's text."""
    environment = Environment(
        loader=PackageLoader("services.cli", "templates"), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    environment.filters.update(day=cost_words.shown_day)
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
        notes=list(cost_words.measured_lines(statement)),
        track=cost_words.track_words(account.track),
        tables=_tables(account),
        colours=COLOURS,
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
