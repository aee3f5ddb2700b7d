"""Rows that a retraining corrected, or did not, as a person reads them: a table for a page, lines for a terminal.

It knows records alone; what was not measured says so.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from infra.display.wording import UNKNOWN
from infra.domain.corrections import CorrectedRow, Fate, Reading
from infra.domain.sections import Table
from infra.domain.values import Answer, Feature

FATES: dict[Fate, str] = {"fixed": "fixed", "still_wrong": "still wrong", "broken": "broken"}
_MEANT: dict[Fate, str] = {
    "still_wrong": "Still wrong: wrong before, and wrong now",
    "broken": "Broken: right before, wrong now",
    "fixed": "Fixed: wrong before, right now",
}
"""The order in which they are told, what is wrong first."""
_LONGEST = 24


def rows_table(rows: Sequence[CorrectedRow]) -> Table:
    """Kept rows, one a line."""
    return Table(
        head=("#", "Row", "Part", "Truth", "Before", "After", "Loss", "Fate", "Moved most by", "Pushed hardest by"),
        rows=tuple(
            (
                str(row.place),
                _short(row.id),
                row.part,
                _answered(row.truth, None),
                _answered(row.before.answer, row.before.truth_probability),
                _answered(row.after.answer, row.after.truth_probability),
                f"{row.before.loss:.3g} → {row.after.loss:.3g}",
                FATES[row.fate],
                _moved(row),
                _pushed(row),
            )
            for row in rows
        ),
        caption="The most telling rows; in brackets what was given to the truth",
        numeric=(0,),
    )


def row_lines(rows: Sequence[CorrectedRow]) -> Iterator[str]:
    """What is wrong first, each fate under its meaning; within one the most telling row first."""
    for fate, meant in _MEANT.items():
        found = sorted((row for row in rows if row.fate == fate), key=lambda row: row.place)
        if found:
            yield f"{meant} ({len(found)} shown, the most telling first)"
        for row in found:
            yield (
                f"  {row.id}, of the {row.part} rows: the truth is {_answered(row.truth, None)}; "
                f"{_said(row.before, 'before')}; {_said(row.after, 'now')}"
            )
            yield f"    moved most by {_moved(row)}; pushed hardest by {_pushed(row)}"


def _said(reading: Reading, when: str) -> str:
    """What one model made of the row, and how far that was from the truth."""
    if reading.truth_probability is None:
        return f"{when} {_answered(reading.answer, None)}, off by {reading.loss:.3g}"
    return f"{when} {_answered(reading.answer, None)}, {reading.truth_probability:.1%} for the truth"


def _answered(answer: Answer, probability: float | None) -> str:
    text = answer if isinstance(answer, str) else f"{answer:.5g}"
    return _short(text) if probability is None else f"{_short(text)} ({probability:.1%})"


def _moved(row: CorrectedRow) -> str:
    if not row.moved_by:
        return UNKNOWN
    most = row.moved_by[0]
    return f"{most.feature}{_value(most.value)} {most.change:+.2g}"


def _value(value: Feature) -> str:
    return "" if value is None else f" = {_short(f'{value:.4g}' if isinstance(value, float) else str(value))}"


def _pushed(row: CorrectedRow) -> str:
    towards = next((one for one in row.pushers if one.influence > 0), None)
    if towards is None:
        return UNKNOWN
    return "itself" if towards.itself else f"{_short(towards.id)} ({_answered(towards.truth, None)})"


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
