"""Where faults are tried: how much is asked of each, on which databases, and a fresh home for every trial."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from infra.settings import Settings
from tests.chaos.server import Server
from tests.chaos.service import Nursery
from tests.chaos.toll import Toll


@dataclass(frozen=True, kw_only=True)
class Effort:
    """How often and how long."""

    rounds: int = 300
    """Kills of the API."""
    outage_minutes: float = 5.0
    """Of the database."""
    trials: int = 20
    """Of everything else; where each takes a minute, a quarter of it."""
    steps: int | None = 25
    """Kills of a worker in each flow, evenly spread over its stages, and of a migration; None: at every one."""
    examples: int = 300
    """For each operation of the API."""

    @property
    def long_trials(self) -> int:
        """Where a trial takes a minute."""
        return max(1, self.trials // 4)


SHORT = Effort(rounds=5, outage_minutes=0.2, trials=4, steps=4, examples=5)


@dataclass(frozen=True, kw_only=True)
class Ground:
    """What every fault is given."""

    folder: Path
    seed: int
    effort: Effort
    databases: tuple[str, ...]
    """`sqlite`, `postgresql`."""
    nursery: Callable[[], Nursery]
    """Where services come from; started once it is asked for."""
    server: Callable[[], Server]
    """The PostgreSQL; started once it is asked for."""
    _numbers: Iterator[int] = field(default_factory=itertools.count)

    def home(self, database: str) -> Settings:
        """Settings of a new home on a new, empty database."""
        name = f"chaos_{next(self._numbers)}"
        url = "" if database == "sqlite" else self.server().make(name)
        return Settings(home=self.folder / name, database_url=url)


Fault = Callable[[Ground], Iterator[Toll]]
"""It yields one toll for each database that it was tried on."""
