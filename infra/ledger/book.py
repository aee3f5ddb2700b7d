"""The tallies of a ledger's months: a month that nobody wrote to since it was read is not read again.

Which months were written to, the ledger itself counts, whoever writes: so no process trusts what another has changed.
"""

from __future__ import annotations

from infra.ledger.months import month_named
from infra.ledger.summing import By, Sum, entries_of, sums_by
from infra.ledger.tallies import Tally, added, tally_of
from infra.ports import Ports


class CostBook:
    """One process's tallies, a few kB for each month of a model."""

    def __init__(self, ports: Ports) -> None:
        self._ports = ports
        self._kept: dict[tuple[str, str], tuple[int, Tally]] = {}

    def tally(self, model: str | None) -> Tally:
        """Of one model, or of all of them when None."""
        changes = self._ports.costs.changes(model)
        return added([self._month(name, month, count) for (name, month), count in sorted(changes.items())])

    def sums(self, model: str | None, by: By, tally: Tally | None = None) -> list[Sum]:
        """As `sums_by` of all entries; `tally` is theirs, where it is at hand. By run, each entry is read."""
        if by == "run":
            return sums_by(entries_of(self._ports, model), by)
        return (tally or self.tally(model)).sums(by)

    def _month(self, model: str, month: str, changes: int) -> Tally:
        known = self._kept.get((model, month))
        if known is None or known[0] != changes:
            known = (changes, tally_of(self._ports.costs.within(*month_named(month), model)))
            self._kept[model, month] = known
        return known[1]
