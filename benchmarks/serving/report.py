"""The run as Markdown: requests a second, ratios, latencies, the figures with their targets, and what was not run."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from benchmarks.serving.figures import Figure
from benchmarks.serving.results import Cell, Results, p50_ms, p99_ms, per_second

_UNKNOWN = "?"
_NOT_ASKED = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """A system's line: its key in the results, its title, what became of an answer, its memory."""

    key: str
    title: str
    stores: str
    peak_bytes: int


def render(
    heading: Sequence[str],
    rows: Sequence[Row],
    results: Results,
    figures: Sequence[Figure],
    not_run: Mapping[str, str],
) -> str:
    """The whole report; `not_run` gives the reason by title."""
    parts = [
        *heading,
        "",
        *_speed_table(rows, results),
        "",
        *_ratio_table(rows, results),
        "",
        *_latency_table(rows, results),
    ]
    parts += ["", *_figure_table(figures)]
    if not_run:
        parts += ["", *(f"- {title}: not run: {reason}" for title, reason in not_run.items())]
    if results.problems:
        parts += ["", "Invalid rounds:", "", *(f"- {problem}" for problem in results.problems)]
    return "\n".join(parts) + "\n"


def _speed_table(rows: Sequence[Row], results: Results) -> list[str]:
    head = ["requests per second", *map(str, results.cells), "memory, MB", "an answer is stored"]
    return _table(
        head,
        (
            [
                row.title,
                *(_value(results, row.key, cell) for cell in results.cells),
                f"{row.peak_bytes / 1e6:,.0f}",
                row.stores,
            ]
            for row in rows
        ),
    )


def _ratio_table(rows: Sequence[Row], results: Results) -> list[str]:
    head = ["keepsharp, SQLite, durable, is … times", *map(str, results.cells)]
    return _table(
        head,
        (
            [row.title, *(_ratio(results, row.key, cell) for cell in results.cells)]
            for row in rows
            if row.key != "keepsharp"
        ),
    )


def _latency_table(rows: Sequence[Row], results: Results) -> list[str]:
    head = ["p50 / p99, ms", *map(str, results.cells)]
    return _table(head, ([row.title, *(_latency(results, row.key, cell) for cell in results.cells)] for row in rows))


def _figure_table(figures: Sequence[Figure]) -> list[str]:
    words = {True: "yes", False: "**no**", None: "not measured"}
    return _table(
        ["figure", "value", "target", "holds"],
        (
            [
                one.name,
                _UNKNOWN if one.value is None else f"{one.value:.3g} {'' if one.unit == 'ratio' else one.unit}".strip(),
                one.target,
                words[one.holds],
            ]
            for one in figures
        ),
    )


def _value(results: Results, key: str, cell: Cell) -> str:
    if not results.measured(key, cell):
        return _NOT_ASKED
    value = results.median(key, cell, per_second)
    return "invalid" if value is None else _short(value)


def _ratio(results: Results, key: str, cell: Cell) -> str:
    if not results.measured(key, cell):
        return _NOT_ASKED
    value = results.ratio("keepsharp", key, cell, per_second)
    return _UNKNOWN if value is None else _short(value)


def _latency(results: Results, key: str, cell: Cell) -> str:
    middle, late = results.median(key, cell, p50_ms), results.median(key, cell, p99_ms)
    if middle is None or late is None:
        return "invalid" if results.measured(key, cell) else _NOT_ASKED
    return f"{_short(middle)} / {_short(late)}"


def _short(value: float) -> str:
    """Three figures, and whole numbers above a hundred."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    return [_row(head), _row(["---"] * len(head)), *(_row(row) for row in rows)]


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
