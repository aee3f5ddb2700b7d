"""How every command speaks: the answer on standard output, everything else on standard error."""

from __future__ import annotations

import json
import re
import shutil
import sys
import textwrap
from collections.abc import Mapping
from typing import Annotated, TextIO

import typer

Json = Annotated[
    bool, typer.Option("--json", help="One JSON object on standard output; everything else on standard error.")
]
NARROWEST = 40
"""Columns below which nothing is folded: a terminal that narrow says nothing true of itself."""
_BEFORE_THE_WORDS = re.compile(r" *(?:[✓✗½•·-] )?")


def answer(value: Mapping[str, object], text: str, *, as_json: bool, is_table: bool = False) -> None:
    """The command's one answer: the JSON object for machines, or the text for people.

    Its long lines are folded at words where a person reads them on a terminal; those of a table, such as CSV, are left.
    """
    said = json.dumps(value, allow_nan=False, ensure_ascii=False) if as_json else text
    _say(said, sys.stdout, fold=not as_json and not is_table)


def tell(text: str) -> None:
    """A line that is not the answer: progress, a remark, an error."""
    _say(text, sys.stderr, fold=True)


def folded(text: str, columns: int) -> str:
    """The text with lines of at most so many columns; what a line goes on with stands below its first word.

    >>> print(folded("  ✓ The candidate is better than the champion.", 30))
      ✓ The candidate is better
        than the champion.
    """
    return "\n".join("\n".join(_folded_line(line, columns)) for line in text.split("\n"))


def _folded_line(line: str, columns: int) -> list[str]:
    if len(line) <= columns:
        return [line]
    found = _BEFORE_THE_WORDS.match(line)
    lead = found.group() if found else ""
    indent = " " * (len(lead) if lead.strip() else len(lead) + 2)
    return textwrap.wrap(
        line[len(lead) :],
        columns,
        initial_indent=lead,
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    )


def _say(text: str, stream: TextIO, *, fold: bool) -> None:
    columns = shutil.get_terminal_size().columns
    stream.write((folded(text, columns) if fold and stream.isatty() and columns >= NARROWEST else text) + "\n")
    stream.flush()
