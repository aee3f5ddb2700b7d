"""What a part of this benchmark is asked for, and what it gives back. A part is a function from one to the other."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.serving.figures import Figure

if TYPE_CHECKING:
    from benchmarks.scale.growth import Curve


@dataclass(frozen=True, kw_only=True, slots=True)
class Asked:
    """`quick`: fewer repeats and smaller windows, so that all parts together end within a minute. `peers` has the
    environments of those that keepsharp does not bring along."""

    quick: bool
    peers: Path
    seed: int = 1


@dataclass(frozen=True, kw_only=True, slots=True)
class Found:
    """Figures beside their targets, a table for a person (Markdown), what was not run, with the reason, and costs
    that can be drawn."""

    figures: tuple[Figure, ...]
    table: str = ""
    not_run: Mapping[str, str] = field(default_factory=dict)
    curves: Sequence[Curve] = ()


Part = Callable[[Asked], Found]


def say(text: str) -> None:
    """Progress, for whoever is watching."""
    print(text, file=sys.stderr, flush=True)


def table_of(titles: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    """A Markdown table.

    >>> print(table_of(("a", "b"), [("1", "2")]))
    | a | b |
    |---|---|
    | 1 | 2 |
    """
    lines = [titles, *rows]
    texts = ["| " + " | ".join(line) + " |" for line in lines]
    return "\n".join([texts[0], "|" + "---|" * len(titles), *texts[1:]])
