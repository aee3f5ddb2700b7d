"""What a production line goes through: how many parts it makes, and which changes come at which row.

It knows the moments of every change, so that the delay of an alarm can be measured; it knows nothing of
how a change looks in a picture.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from infra.domain.errors import DataError

ChangeKind = Literal["lamp", "camera", "inclusion", "material"]
"""The lamp ages · the camera is replaced · a new defect appears · a shift with another material recurs."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Change:
    """One change of production, acting on rows `first_row..last_row`, both included.

    It reaches full strength after `ramp_rows` (0: at once). With `period_rows` it comes and goes: it is
    present in the first `burst_rows` of each period, counted from `first_row`.
    """

    kind: ChangeKind
    first_row: int
    last_row: int
    what: str
    ramp_rows: int = 0
    period_rows: int | None = None
    burst_rows: int | None = None

    def __post_init__(self) -> None:
        if not 0 <= self.first_row <= self.last_row or self.ramp_rows < 0:
            raise DataError(
                f"change {self.kind!r} acts on rows {self.first_row}..{self.last_row} with a ramp of "
                f"{self.ramp_rows} rows: give 0 <= first_row <= last_row and a ramp of 0 or more"
            )
        if self.period_rows is not None and not 0 < (self.burst_rows or 0) <= self.period_rows:
            raise DataError(
                f"change {self.kind!r} recurs every {self.period_rows} rows for {self.burst_rows}: give burst_rows "
                "between 1 and period_rows"
            )

    def strength(self, rows: NDArray[np.int64]) -> NDArray[np.float64]:
        """How far the change has gone at each of `rows` (n,), 0..1; exactly 0 wherever it does not act."""
        since = rows - self.first_row
        acting = (since >= 0) & (rows <= self.last_row)
        if self.period_rows is not None and self.burst_rows is not None:
            acting &= since % self.period_rows < self.burst_rows
        ramp = np.clip((since + 1) / (self.ramp_rows + 1), 0.0, 1.0)
        return np.where(acting, ramp, 0.0)

    def bursts(self) -> tuple[tuple[int, int], ...]:
        """(first row, last row) of each stretch in which it acts; one for a change that stays."""
        if self.period_rows is None or self.burst_rows is None:
            return ((self.first_row, self.last_row),)
        starts = range(self.first_row, self.last_row + 1, self.period_rows)
        return tuple((start, min(start + self.burst_rows - 1, self.last_row)) for start in starts)


@dataclass(frozen=True, kw_only=True, slots=True)
class Scenario:
    """`rows` parts, one every `seconds_per_part` from `start` on, and what changes on the way.

    Pictures are `size` × `size` pixels. Rows before the first change are the steady part.
    """

    rows: int
    changes: tuple[Change, ...] = ()
    size: int = 32
    seconds_per_part: int = 120
    start: datetime = datetime(2026, 3, 2, 6, tzinfo=UTC)

    def __post_init__(self) -> None:
        if self.rows < 1 or not 24 <= self.size <= 128 or self.seconds_per_part < 1 or self.start.tzinfo is None:
            raise DataError(
                f"a scenario of {self.rows} rows, {self.size} pixels, {self.seconds_per_part} s a part from "
                f"{self.start.isoformat()} cannot be produced: give at least 1 row, 24 to 128 pixels, at least 1 s, "
                "and a start with a time zone"
            )
        late = [change.kind for change in self.changes if change.last_row >= self.rows]
        if late:
            raise DataError(f"changes {late} last beyond row {self.rows - 1}, the last one: shorten them")

    @property
    def steady_rows(self) -> int:
        """Rows before anything changes."""
        return min((change.first_row for change in self.changes), default=self.rows)

    def strength(self, kind: ChangeKind, rows: NDArray[np.int64]) -> NDArray[np.float64]:
        """The strongest change of `kind` at each of `rows` (n,), 0..1."""
        strengths = [change.strength(rows) for change in self.changes if change.kind == kind]
        strongest: NDArray[np.float64] = np.max([np.zeros(len(rows)), *strengths], axis=0)
        return strongest


def default_scenario(size: int = 32) -> Scenario:
    """Twelve days of three shifts, 240 parts a shift: three steady days, then four changes.

    >>> [(change.kind, change.first_row) for change in default_scenario().changes]
    [('lamp', 2160), ('camera', 4320), ('inclusion', 5760), ('material', 6960)]
    """
    day, shift = 720, 240
    last = 12 * day - 1
    return Scenario(
        rows=12 * day,
        size=size,
        changes=(
            Change(
                kind="lamp",
                first_row=3 * day,
                last_row=last,
                ramp_rows=2 * day,
                what="the lamp ages: darker, and unevenly so",
            ),
            Change(
                kind="camera",
                first_row=6 * day,
                last_row=last,
                what="the camera is replaced: other tone, noise, sharpness and angle, and light from the other side",
            ),
            Change(
                kind="inclusion",
                first_row=8 * day,
                last_row=last,
                what="a new defect appears: inclusions, from another supplier's steel",
            ),
            Change(
                kind="material",
                first_row=9 * day + 2 * shift,
                last_row=last,
                period_rows=day,
                burst_rows=shift,
                what="the night shift makes brushed aluminium parts",
            ),
        ),
    )
