"""One model at work: its model file, the outside world, and the clock. Flows receive it; they build nothing."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from flows.spreading import Spread, in_turn
from flows.training.fitting import Epoch
from infra.domain.decisions import Champion
from infra.model.bundle import ModelBundle
from infra.ports import Ports
from infra.spec import ModelSpec
from infra.spec.budgets import CenterBudget


def wall_clock() -> datetime:
    """The machine's time, for leases; everything else runs on event time."""
    return datetime.fromtimestamp(time.time(), UTC)


def silent(_: Epoch) -> None:
    """Nobody is watching."""


@dataclass(frozen=True, kw_only=True)
class Desk:
    """What a flow needs to work on one model."""

    spec: ModelSpec
    folder: Path
    """Folder that relative paths in the model file start from."""
    ports: Ports
    allowed_modules: Sequence[str] = ()
    on_epoch: Callable[[Epoch], None] = silent
    clock: Callable[[], datetime] = wall_clock
    budgets: Mapping[str, CenterBudget] = field(default_factory=dict)
    """Of cost centres, by name."""
    most_held: int = 100_000
    """Rows of a window that are in memory at once."""
    spread: Spread = in_turn
    """Where shares of a window that is too large to be held are counted."""

    def bundle(self, sha256: str) -> ModelBundle:
        """The bundle of this hash, verified."""
        config, weights = self.ports.versions.bundle(sha256)
        return ModelBundle.unpack(config, weights, sha256, self.allowed_modules)

    def champion(self) -> tuple[Champion, ModelBundle] | None:
        """Who serves now, with its bundle; None before the first promotion."""
        champion = self.ports.versions.champion(self.spec.model)
        return None if champion is None else (champion, self.bundle(champion.sha256))
