"""A backtest as a table for a person and as a record for machines."""

from __future__ import annotations

from typing import cast

from flows.backtest.comparing import Comparison, Line, recommendation
from services.cli.plain import plain


def as_record(found: Comparison, model: str) -> dict[str, object]:
    """One JSON object: every figure of the table, the oracle, and the recommendation."""
    record = cast("dict[str, object]", plain(found))
    return {"model": model, **record, "recommendation": recommendation(found)}


def as_text(found: Comparison, model: str) -> str:
    """The table, cheapest total first, and the recommendation."""
    unit = found.currency if found.priced else "wrong decisions"
    head = f"{model}: {found.rows:,} rows in {found.windows} windows, {found.days:,.0f} days; cost in {unit}"
    titles = ("policy", found.metric, "gain", "retrained", "CPU s", "total cost", "over oracle", "")
    rows = [_cells(one, found) for one in sorted(found.lines, key=lambda one: one.total)]
    oracle = found.oracle
    limit = (
        "(oracle)",
        _score(found.oracle_score, found.metric),
        "",
        str(len(oracle.choices)),
        f"{oracle.cpu_seconds:.2f}",
        f"{oracle.total:,.2f}",
        "",
        "",
    )
    marked = "* on the frontier: no other policy is both more accurate and cheaper in compute"
    return "\n".join([head, *_table(titles, [limit, *rows]), marked, recommendation(found)])


def _cells(one: Line, found: Comparison) -> tuple[str, ...]:
    gain = f"{one.gain * 100:+.1f} points" if found.metric == "accuracy" else f"{one.gain:+.4g}"
    back = f" + {one.brought_back} back" if one.brought_back else ""
    return (
        one.policy,
        _score(one.score, found.metric),
        gain,
        f"{one.trainings}{back}",
        f"{one.cpu_seconds:.2f}",
        f"{one.total:,.2f}",
        f"{one.regret:+,.2f}",
        "*" if one.on_frontier else "",
    )


def _score(score: float, metric: str) -> str:
    return f"{score:.1%}" if metric == "accuracy" else f"{score:.4g}"


def _table(titles: tuple[str, ...], rows: list[tuple[str, ...]]) -> list[str]:
    widths = [max(len(line[place]) for line in (titles, *rows)) for place in range(len(titles))]
    return [
        "  ".join(
            cell.ljust(width) if place == 0 else cell.rjust(width)
            for place, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in (titles, *rows)
    ]
