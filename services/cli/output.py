"""How every command speaks: the answer on standard output, everything else on standard error."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from typing import Annotated

import typer

Json = Annotated[
    bool, typer.Option("--json", help="One JSON object on standard output; everything else on standard error.")
]


def answer(value: Mapping[str, object], text: str, *, as_json: bool) -> None:
    """The command's one answer: the JSON object for machines, or the text for people."""
    sys.stdout.write((json.dumps(value, allow_nan=False, ensure_ascii=False) if as_json else text) + "\n")
    sys.stdout.flush()


def tell(text: str) -> None:
    """A line that is not the answer: progress, a remark, an error."""
    sys.stderr.write(text + "\n")
    sys.stderr.flush()
