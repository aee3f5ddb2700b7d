"""What a fault cost: how often it was tried, what was acknowledged meanwhile, and every promise that was not kept."""

from __future__ import annotations

from dataclasses import dataclass

MOST_SECONDS = 60.0
"""So long after a fault's end everything has to be as before, without anybody's help."""


@dataclass(frozen=True, kw_only=True)
class Toll:
    """Of one fault on one database.

    `losses` says in words what was lost, counted twice, or not recovered; empty when every promise was kept.
    `recovered_seconds` is the longest time from a fault's end until everything went on; None where nothing stops.
    """

    fault: str
    database: str
    trials: int
    acknowledged: int = 0
    recovered_seconds: float | None = None
    seconds: float
    losses: tuple[str, ...] = ()
    note: str = ""
    """What else is worth knowing, such as what a person is told to do."""

    @property
    def line(self) -> str:
        """For whoever watches."""
        recovered = "" if self.recovered_seconds is None else f", recovered within {self.recovered_seconds:.1f} s"
        kept = f", {self.acknowledged} acknowledged" if self.acknowledged else ""
        note = f" ({self.note})" if self.note else ""
        count = f"{self.trials} trials, {len(self.losses)} losses{kept}{recovered}"
        return f"{self.fault} on {self.database}: {count}, {self.seconds:.0f} s{note}"


def late(what: str, seconds: float, most: float = MOST_SECONDS) -> list[str]:
    """A loss when it took longer than promised."""
    return [f"{what} took {seconds:.1f} s, more than {most:g}"] if seconds > most else []
