"""`keepsharp costs`: what was spent, on what, and what the budget has left."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from services.cli.home import AnyModel, Home, is_empty, nothing_yet, ports_at, settings_at
from services.cli.output import Json, answer, tell
from services.cli.spending import By, Month, Sum, budget_line, entries_of, latest_month, money, sums_by, totals

if TYPE_CHECKING:
    from infra.domain.costs import CostEntry
    from infra.ports import Ports

Grouping = Annotated[By | None, typer.Option("--by", help="What to add up by; default: stage.")]
AsCsv = Annotated[
    bool, typer.Option("--csv", help="CSV on standard output: every entry, or the sums where --by is given.")
]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog="Example: keepsharp costs weather --by month")(costs)


def costs(
    model: AnyModel = None, by: Grouping = None, as_csv: AsCsv = False, home: Home = None, as_json: Json = False
) -> None:
    """Add up what one model or all of them cost, and say what this month's budgets have left."""
    from services.cli.moments import wrong

    settings = settings_at(home)
    if as_csv and as_json:
        raise wrong("--csv", "and --json exclude each other: choose one")
    if is_empty(settings) and model is None:
        tell(nothing_yet(settings))
        entries: list[CostEntry] = []
        months: dict[str, Month] = {}
    else:
        ports = ports_at(settings)
        if model is not None:
            ports.models.get(model)
        entries, months = list(entries_of(ports, model)), _months(ports, model)
    sums = sums_by(entries, by or "stage")
    if as_csv:
        answer({}, _sums_csv(sums, by) if by else _entries_csv(entries), as_json=False)
        return
    answer(
        _record(model, by or "stage", entries, sums, months),
        "\n".join(_lines(entries, sums, months)) or "nothing was spent yet",
        as_json=as_json,
    )


def _months(ports: Ports, model: str | None) -> dict[str, Month]:
    """The latest month of each model that has one."""
    from infra.spec import parse_spec

    models = ports.models.all() if model is None else [ports.models.get(model)]
    found = {one.name: latest_month(ports, parse_spec(one.spec_yaml, one.name)) for one in models}
    return {name: month for name, month in found.items() if month is not None}


def _record(
    model: str | None, by: By, entries: Sequence[CostEntry], sums: Sequence[Sum], months: dict[str, Month]
) -> dict[str, object]:
    from services.cli.plain import plain

    return {
        "model": model,
        "by": by,
        "entries": len(entries),
        "total": totals(entries),
        "sums": [plain(one) for one in sums],
        "months": plain(months),
    }


def _lines(entries: Sequence[CostEntry], sums: Sequence[Sum], months: dict[str, Month]) -> list[str]:
    if not entries:
        return []
    width, together = max(len(one.name) for one in sums), totals(entries)
    lines = [
        f"{one.name:<{width}}  {money(one.amount, one.currency, together[one.currency]):>18}  {one.entries:>6} entries"
        for one in sums
    ]
    lines += [f"{'total':<{width}}  {money(amount, name):>18}" for name, amount in together.items()]
    return lines + [budget_line(name, month) for name, month in months.items()]


def _sums_csv(sums: Sequence[Sum], by: By) -> str:
    return _csv(
        [by, "amount", "currency", "entries"], [[one.name, one.amount, one.currency, one.entries] for one in sums]
    )


def _entries_csv(entries: Sequence[CostEntry]) -> str:
    from dataclasses import fields

    from infra.domain.costs import CostEntry
    from services.cli.plain import plain

    names = [field.name for field in fields(CostEntry)]
    return _csv(names, [[plain(getattr(entry, name)) for name in names] for entry in entries])


def _csv(header: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """Text that a spreadsheet opens; amounts keep all their digits."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return text.getvalue().removesuffix("\n")
