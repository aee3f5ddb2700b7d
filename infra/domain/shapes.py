"""How the columns of a window are spread beside those of its reference: enough to draw both."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class ColumnShape:
    """One column as counts of the same bins, in a reference and in a window.

    Numbers have `edges`, one more than bins; the first and the last bin also hold what lies beyond. Categories have
    `names`, the last of which may stand for all others. What is missing is in no bin.
    """

    column: str
    edges: tuple[float, ...] = ()
    names: tuple[str, ...] = ()
    reference: tuple[int, ...]
    window: tuple[int, ...]
    reference_missing: int = 0
    window_missing: int = 0
