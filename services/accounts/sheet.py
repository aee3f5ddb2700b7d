"""Text that a spreadsheet opens and runs nothing of: amounts keep all their digits, words are never formulas."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

_BEGINS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def sheet(header: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """CSV without a last line end."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows([harmless(cell) for cell in row] for row in rows)
    return text.getvalue().removesuffix("\n")


def harmless(cell: object) -> object:
    """The cell, with an apostrophe before words that a spreadsheet would take for a formula; numbers stay numbers.

    >>> harmless("=cmd|'/c calc'!A1"), harmless(-1.5), harmless("train")
    ("'=cmd|'/c calc'!A1", -1.5, 'train')
    """
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_BEGINS_A_FORMULA) else cell
