"""SIGKILL of the API under load: while the database is there, while it is away, while the spill is replayed."""

from __future__ import annotations

from collections.abc import Iterator

from tests.chaos.ground import Ground
from tests.chaos.ordeal import endure, moments_of
from tests.chaos.toll import Toll


def run(ground: Ground) -> Iterator[Toll]:
    """On each database."""
    for database in ground.databases:
        found = endure(ground.nursery(), ground.home(database), moments_of(ground.effort.rounds), ground.seed)
        yield Toll(
            fault="api",
            database=database,
            trials=found.rounds,
            acknowledged=found.rows_acknowledged,
            seconds=found.seconds,
            losses=tuple(found.problems),
            note=f"{found.tried_again} requests sent again, {found.repeated} repeated, {found.conflicts} contradicted",
        )
