"""What was measured: one record a round, and the medians over them. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from statistics import median

from benchmarks.serving.load import Seen

Reading = Callable[[Seen], float]
"""One figure of a round."""


@dataclass(frozen=True, kw_only=True, slots=True, order=True)
class Cell:
    """One kind of load: rows a request, requests at a time, and whether the caller names the rows."""

    rows: int
    concurrency: int
    ids: bool = False

    def __str__(self) -> str:
        named = ", own ids" if self.ids else ""
        return f"{self.rows} row{'' if self.rows == 1 else 's'}{named}, c{self.concurrency}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Measurement:
    """One round of one system. `stored` counts the answers it kept meanwhile; None when it keeps none.

    A round with a `problem` says nothing about speed; `seen` is None when there was no round at all.
    """

    system: str
    cell: Cell
    repeat: int
    seen: Seen | None
    stored: int | None = None
    problem: str | None = None


def find_problem(cell: Cell, seen: Seen, stored: int | None) -> str | None:
    """What makes a round invalid: no answers, errors, or answers that were not kept.

    Requests under way when the load ended may have been stored without being counted, so up to one more for
    each caller is right.

    >>> fine = Seen(requests=10, seconds=1.0, p50_ms=1.0, p99_ms=2.0, errors={})
    >>> find_problem(Cell(rows=5, concurrency=2), fine, 60)
    >>> find_problem(Cell(rows=5, concurrency=2), fine, 49)
    '10 requests of 5 were answered and 49 predictions kept; 50 to 60 are right'
    """
    if not seen.requests:
        return "no request was answered"
    if seen.errors:
        return f"{sum(seen.errors.values())} of {seen.requests} failed ({', '.join(sorted(seen.errors))})"
    least, most = seen.requests * cell.rows, (seen.requests + cell.concurrency) * cell.rows
    if stored is not None and not least <= stored <= most:
        return (
            f"{seen.requests} requests of {cell.rows} were answered and {stored} predictions kept; "
            f"{least} to {most} are right"
        )
    return None


class Results:
    """All rounds of a run."""

    def __init__(self, measurements: Iterable[Measurement]) -> None:
        self._all = list(measurements)

    @property
    def problems(self) -> list[str]:
        """Every invalid round in a sentence."""
        return [f"{one.system}, {one.cell}: {one.problem}" for one in self._all if one.problem]

    @property
    def cells(self) -> list[Cell]:
        """Every load that was measured, in the order of the table."""
        return sorted({one.cell for one in self._all}, key=lambda cell: (cell.rows, cell.ids, cell.concurrency))

    def measured(self, system: str, cell: Cell) -> bool:
        """Whether there was any such round, valid or not."""
        return bool(self._of(system, cell))

    def median(self, system: str, cell: Cell, what: Reading) -> float | None:
        """Over the repeats; None when there is none, or when one of them is invalid."""
        rounds = self._of(system, cell)
        if not rounds or any(one.problem for one in rounds):
            return None
        return median(what(one.seen) for one in rounds if one.seen)

    def ratio(self, system: str, other: str, cell: Cell, what: Reading) -> float | None:
        """Median of one over the other within a repeat, over the repeats that both took part in.

        Neighbours in time share what else the machine does; medians of either alone may come from other moments.
        """
        ours, theirs = self._of(system, cell), {one.repeat: one for one in self._of(other, cell)}
        pairs = [(one, theirs[one.repeat]) for one in ours if one.repeat in theirs]
        if not pairs or any(one.problem for pair in pairs for one in pair):
            return None
        return median(what(one.seen) / what(two.seen) for one, two in pairs if one.seen and two.seen)

    def _of(self, system: str, cell: Cell) -> list[Measurement]:
        return [one for one in self._all if one.system == system and one.cell == cell]


def per_second(seen: Seen) -> float:
    """Requests a second."""
    return seen.per_second


def p50_ms(seen: Seen) -> float:
    """Half of the answers came sooner."""
    return seen.p50_ms


def p99_ms(seen: Seen) -> float:
    """One answer in a hundred came later."""
    return seen.p99_ms
