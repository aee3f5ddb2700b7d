"""The accounts beside each other: what the ledger has, what the operating system says, and what is in neither. Pure."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from benchmarks.monitoring.parts import table_of
from infra.domain.costs import CostEntry, amount_of

OF_SERVING, OF_PAGES = frozenset({"serve", "shadow"}), frozenset({"report"})
CLOSE = 0.01


@dataclass(frozen=True, kw_only=True)
class Account:
    """CPU seconds of one replay. `here` is the process that plays it, `sending` its share for the client that plays
    production, `lost` what processes took after they were last looked at, `looking` what this took itself."""

    entries: tuple[CostEntry, ...]
    here: float
    phases: Mapping[str, float]
    sending: float
    serving: float
    pages: float
    prefect: float
    guards: float
    lost: float
    looking: float
    rows: int

    def seconds(self, *, of: frozenset[str] | None = None) -> float:
        """What the ledger has for these stages; of the flows where none are named."""
        others = OF_SERVING | OF_PAGES
        found = [one for one in self.entries if one.unit == "cpu_second"]
        return math.fsum(one.quantity for one in found if (one.stage in of if of else one.stage not in others))

    @property
    def lines(self) -> list[tuple[str, float, float]]:
        """(process, CPU seconds by the system, by the ledger) of what a model is charged."""
        return [
            ("serving, shadow included", self.serving, self.seconds(of=OF_SERVING)),
            ("Evidently's pages", self.pages, self.seconds(of=OF_PAGES)),
        ]

    @property
    def off(self) -> float:
        """By what share the ledger and the system differ over the processes that are a model's alone."""
        system = math.fsum(seconds for _, seconds, _ in self.lines)
        ledger = math.fsum(seconds for _, _, seconds in self.lines)
        return ledger / system - 1.0 if system else 0.0

    @property
    def money_off(self) -> float:
        """By how much the amounts differ from seconds × rates."""
        priced = [one for one in self.entries if one.rate is not None and one.amount is not None]
        return amount_of(priced) - math.fsum(one.quantity * (one.rate or 0.0) for one in priced)

    @property
    def holds(self) -> bool:
        """Whether they agree."""
        return abs(self.off) <= CLOSE and abs(self.money_off) < 1e-9


def render(command: str, account: Account) -> str:
    """A page of the lab."""
    flows = account.seconds()
    rows = [
        (name, f"{system:.2f}", f"{ledger:.2f}", f"{ledger / system - 1:+.2%}" if system else "–")
        for name, system, ledger in account.lines
    ]
    rows.append(("the playing process, flows and looks", f"{account.here:.2f}", f"{flows:.2f}", "see below"))
    rows.append(("Prefect's server", f"{account.prefect:.2f}", "–", "no model's"))
    rows.append(("guards and trackers", f"{account.guards:.2f}", "–", "no model's"))
    rows.append(("after the last look at a process", f"{account.lost:.2f}", "–", ""))
    phases = [(step, f"{seconds:.2f}") for step, seconds in account.phases.items()]
    phases.append(("*of these, sending the history over HTTP*", f"{account.sending:.2f}"))
    phases.append(("*of these, in the ledger*", f"{flows:.2f}"))
    energy = [
        f"{one.quantity:.3g} {one.unit} ({one.low or 0:.2g} to {one.high or 0:.2g}), {one.basis}: {one.measured}"
        for one in account.entries
        if one.unit in ("kwh", "kg_co2e")
    ]
    return "\n".join(
        [
            f"    {command}",
            "",
            f"{account.rows:,} rows, {len(account.entries)} entries. Over the processes that are the model's alone the "
            f"ledger differs by {account.off:+.2%}; amounts from seconds × rates by {account.money_off:.1e}.",
            "",
            table_of(("process", "CPU s, system", "CPU s, ledger", "differs"), rows),
            "",
            table_of(("step of the playing process", "CPU s"), phases),
            "",
            *(energy or ["Energy: not asked for."]),
            "",
        ]
    )
