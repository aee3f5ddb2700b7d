"""The headline metric of the last windows as a line the height of a word, against the accepted level."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from infra.display.scale import Scale

WIDTH, HEIGHT, MARGIN = 120, 28, 3


@dataclass(frozen=True, kw_only=True, slots=True)
class Sparkline:
    """Pixels of a WIDTH × HEIGHT picture: the line's corners, its last point, the height of the accepted level."""

    line: str
    last: tuple[float, float]
    accepted: float | None


def sparkline(values: Sequence[float], accepted: float | None) -> Sparkline | None:
    """The picture of at least one value, oldest first; None without any."""
    if not values:
        return None
    all_values = [*values, accepted] if accepted is not None else list(values)
    across = Scale(low=0, high=max(len(values) - 1, 1), start=MARGIN, end=WIDTH - MARGIN)
    up = Scale(low=min(all_values), high=max(all_values), start=HEIGHT - MARGIN, end=MARGIN)
    points = [(across.place(i), up.place(value)) for i, value in enumerate(values)]
    return Sparkline(
        line=" ".join(f"{x:g},{y:g}" for x, y in points),
        last=points[-1],
        accepted=None if accepted is None else up.place(accepted),
    )
