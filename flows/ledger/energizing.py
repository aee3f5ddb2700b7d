"""The energy of a run, in the ledger beside its seconds, where the model file asks for it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from flows.costing import Meter
from flows.desk import Desk
from infra.domain.costs import Basis, CostEntry
from infra.domain.decisions import TrainingRun
from infra.energy import Energy, measure_energy
from infra.ledger.pricing import Quantity, entry_of


@contextmanager
def energy_of_run(desk: Desk, run: TrainingRun, meter: Meter) -> Iterator[None]:
    """Measure the block as this segment of the run. What starting the measurement takes is a stage of its own."""
    costs = desk.spec.costs
    if costs.energy == "none":
        yield
        return
    measuring = measure_energy(costs.country)
    with meter.stage("energy"):
        found = measuring.__enter__()
    try:
        yield
    finally:
        with meter.stage("energy"):
            measuring.__exit__(None, None, None)
        if found.energy is not None:
            desk.ports.costs.add(energy_entries(desk, run, found.energy, segment=meter.segment))


def energy_entries(desk: Desk, run: TrainingRun, energy: Energy, *, segment: str) -> list[CostEntry]:
    """Kilowatt-hours, and carbon dioxide where the grid is known, with the band of what was estimated."""
    basis: Basis = "measured" if energy.is_measured else "estimated"
    kwh = Quantity(
        stage="train",
        unit="kwh",
        amount=energy.kwh,
        measured=energy.method,
        basis=basis,
        low=energy.low,
        high=energy.high,
    )
    found = [entry_of(kwh, desk.spec, entry_id=f"{run.id}:energy:kwh:{segment}", run_id=run.id, at=run.at)]
    if energy.kg_co2e is not None:
        gas, scale = f"{energy.method}; grid of {desk.spec.costs.country}", energy.kg_co2e / energy.kwh
        carbon = Quantity(
            stage="train",
            unit="kg_co2e",
            amount=energy.kg_co2e,
            measured=gas,
            basis="estimated",
            low=energy.low * scale,
            high=energy.high * scale,
        )
        found.append(entry_of(carbon, desk.spec, entry_id=f"{run.id}:energy:co2:{segment}", run_id=run.id, at=run.at))
    return found
