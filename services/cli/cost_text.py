"""A statement of costs as lines for a terminal. It gathers nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from infra.display.wording import money
from infra.ledger.summing import Sum
from services.accounts.cost_words import profit_words, shown_day, track_words

if TYPE_CHECKING:
    from monitoring.outlook import Outlook
    from monitoring.returns import Profit, Track

MOST_RUNS = 20


def sum_lines(sums: Sequence[Sum], total: Mapping[str, float]) -> list[str]:
    """A table of sums with their share of the whole, and the whole."""
    shown = sums[:MOST_RUNS]
    lines, told = amount_lines(shown, total), []
    for line, one in zip(lines, shown, strict=False):  # the totals come last
        share = f"{one.amount / total[one.currency]:.1%}" if total[one.currency] else ""
        unpriced = f"  {one.unpriced} unpriced" if one.unpriced else ""
        noun = "entry  " if one.entries == 1 else "entries"
        told.append(f"{line}  {share:>6}  {one.entries:>6} {noun}{unpriced}".rstrip())
    if len(sums) > MOST_RUNS:
        told.append(f"… and {len(sums) - MOST_RUNS} more: `--csv` and `--json` have all of them")
    return [*told, *lines[len(shown) :]]


def amount_lines(sums: Sequence[Sum], total: Mapping[str, float]) -> list[str]:
    """Names and amounts in columns, their points below each other, and the totals; what is small shows two digits."""
    named = [(one.name, money(one.amount, one.currency)) for one in sums]
    named += [("total", money(amount, currency)) for currency, amount in total.items()]
    width = max((len(name) for name, _ in named), default=0)
    amounts = _at_the_point([amount for _, amount in named])
    return [f"{name:<{width}}  {amount}" for (name, _), amount in zip(named, amounts, strict=True)]


def _at_the_point(amounts: Sequence[str]) -> list[str]:
    """Amounts with their currency, moved so that the points stand below each other.

    >>> _at_the_point(["120.00 EUR", "0.00031 EUR", "0 EUR"])
    ['120.00    EUR', '  0.00031 EUR', '  0       EUR']
    """
    cut = [(number.partition("."), currency) for number, _, currency in (text.partition(" ") for text in amounts)]
    before = max((len(whole) for (whole, _, _), _ in cut), default=0)
    behind = max((len(point + rest) for (_, point, rest), _ in cut), default=0)
    return [f"{whole:>{before}}{point + rest:<{behind}} {currency}" for (whole, point, rest), currency in cut]


def outlook_lines(outlook: Outlook | None, currency: str) -> list[str]:
    """The month, the year, and how they were reckoned."""
    if outlook is None:
        return ["forecast: unknown, it takes a week of costs"]
    month, year = outlook.month, outlook.year
    return [
        f"forecast: this month {money(month.value, currency)} ({_number(month.low)} to {_number(month.high)}), "
        f"the next year {money(year.value, currency)} ({_number(year.low)} to {_number(year.high)})",
        f"          {outlook.method}",
    ]


def profit_lines(profits: Sequence[Profit], track: Track, currency: str) -> Iterator[str]:
    """Each promoted retraining's account, and how good the forecasts were."""
    if not profits:
        return
    yield "retrainings that were promoted:"
    for profit in profits[:MOST_RUNS]:
        yield f"  version {profit.record.version:<3} {shown_day(profit.record.at)}  {profit_words(profit, currency)}"
    yield f"  {track_words(track)}"


def _number(value: float) -> str:
    return f"{value:,.2f}" if value >= 1 or value == 0 else f"{value:.2g}"
