"""`keepsharp costs`: what was spent, on what, what it brought in, and what the budget has left."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from infra.display.wording import money
from infra.ledger.summing import By as Grouped
from infra.ledger.summing import Sum
from services.accounts.months import budget_line
from services.cli.home import AnyModel, Home, is_empty, nothing_yet, ports_at, settings_at
from services.cli.output import Json, answer, tell

if TYPE_CHECKING:
    from infra.settings import Settings
    from services.accounts.costs import CostAccount

By = Literal["stage", "run", "model", "cost-center", "owner", "month", "group"]
Grouping = Annotated[By | None, typer.Option("--by", help="What to add up by; default: stage.")]
AsCsv = Annotated[
    bool, typer.Option("--csv", help="CSV on standard output: every entry, or the sums where --by is given.")
]
Page = Annotated[
    Path | None, typer.Option("--html", metavar="PATH", help="Write a page for a manager, complete in one file.")
]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog="Example: keepsharp costs weather --by month")(costs)


def costs(
    model: AnyModel = None,
    by: Grouping = None,
    as_csv: AsCsv = False,
    html: Page = None,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Add up what one model or all of them cost. With what it brought in, and what this month's budgets leave."""
    from services.cli.moments import wrong

    settings = settings_at(home)
    if as_csv and as_json:
        raise wrong("--csv", "and --json exclude each other: choose one")
    if is_empty(settings) and model is None:
        tell(nothing_yet(settings))
        answer(
            {"model": None, "by": by or "stage", "entries": 0, "total": {}, "sums": [], "months": {}},
            _NOTHING,
            as_json=as_json,
        )
        return
    _tell(settings, model, by, html, as_csv=as_csv, as_json=as_json)


_NOTHING = "nothing was spent yet"


def _tell(
    settings: Settings, model: str | None, by: By | None, html: Path | None, *, as_csv: bool, as_json: bool
) -> None:
    from infra.ledger.book import CostBook
    from infra.ledger.summing import entries_of
    from infra.spec.budgets import read_budgets
    from services.accounts.cost_sheets import entries_csv, sums_csv
    from services.accounts.costs import cost_account

    ports = ports_at(settings)
    if model is not None:
        ports.models.get(model)
    book = CostBook(ports)
    account = cost_account(ports, read_budgets(settings.budgets), model, book)
    grouped: Grouped = "cost_center" if by == "cost-center" else by or "stage"
    sums = book.sums(model, grouped, account.tally)
    if html is not None:
        _write_page(html, account)
    if as_csv:
        answer(
            {},
            sums_csv(sums, grouped) if by else entries_csv(list(entries_of(ports, model))),
            as_json=False,
            is_table=True,
        )
        return
    text = "\n".join(_lines(account, sums)) or _NOTHING
    answer(_record(account, by or "stage", sums), text, as_json=as_json)


def _write_page(path: Path, account: CostAccount) -> None:
    from services.cli.cost_page import cost_page
    from services.cli.page_file import write_page

    write_page(path, cost_page(account))
    tell(f"wrote {path}")


def _record(account: CostAccount, by: By, sums: Sequence[Sum]) -> dict[str, object]:
    from services.cli.plain import plain

    statement = account.statement
    return {
        "model": statement.model,
        "by": by,
        "entries": statement.entries,
        "total": plain(statement.total),
        "sums": plain(sums),
        "months": plain(account.months),
        "cost_centers": plain(account.centers),
        "quantities": plain(statement.quantities),
        "outlook": plain(account.outlooks),
        "retrains": plain(account.profits),
        "forecasts": plain(account.track),
    }


def _lines(account: CostAccount, sums: Sequence[Sum]) -> Iterator[str]:
    from services.accounts import cost_words
    from services.cli import cost_text

    statement = account.statement
    if not statement.entries or statement.first is None or statement.last is None:
        return
    yield (
        f"{statement.model or 'all models'}, {cost_words.shown_day(statement.first)} to "
        f"{cost_words.shown_day(statement.last)}"
    )
    yield ""
    yield from cost_text.sum_lines(sums, statement.total)
    yield ""
    yield from cost_words.measured_lines(statement)
    for currency, outlook in account.outlooks.items():
        yield from cost_text.outlook_lines(outlook, currency)
    yield from cost_text.profit_lines(account.profits, account.track, account.currency)
    for name, month in account.months.items():
        yield budget_line(name, month)
    for purse in account.centers:
        left = money(purse.left, purse.currency)
        yield f"{purse.owner}: {left} of {money(purse.cap, purse.currency)} left in {purse.month}"
