"""From a model's name to its desk, as a flow run in any process finds it: by settings and the database."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from flows.desk import Desk, silent
from flows.in_processes import InProcesses
from flows.spreading import Spread, in_turn
from flows.training.fitting import Epoch
from infra.ports import Ports, RegisteredModel
from infra.settings import Settings
from infra.spec.budgets import read_budgets
from infra.spec.registered import spec_as_registered
from infra.wiring import build_ports


def open_desk(model: str, settings: Settings | None = None, on_epoch: Callable[[Epoch], None] = silent) -> Desk:
    """The desk of a registered model.

    Raises:
        NotFound: no such model; the message names those there are.
        SpecError: its model file is not accepted any more.
    """
    chosen = settings or Settings()
    ports = build_ports(chosen)
    return desk_of(ports.models.get(model), ports, chosen, on_epoch)


def desk_of(
    model: RegisteredModel, ports: Ports, settings: Settings, on_epoch: Callable[[Epoch], None] = silent
) -> Desk:
    """The desk of a model file that was registered."""
    return Desk(
        spec=spec_as_registered(model.spec_yaml, model.name),
        folder=Path(model.spec_folder),
        ports=ports,
        allowed_modules=settings.allowed_modules,
        on_epoch=on_epoch,
        budgets=read_budgets(settings.budgets),
        spread=spread_of(settings),
    )


def spread_of(settings: Settings) -> Spread:
    """Where large windows are counted."""
    processes = settings.monitor_processes
    return in_turn if processes == 1 else InProcesses(settings=settings, processes=processes)
