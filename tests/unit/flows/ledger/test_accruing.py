from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from flows.ledger.accruing import accrue_day, accrue_storage
from infra.memory.costs import MemoryStorage
from tests.builders import MODEL, START, desk_for, spec


def test_a_day_is_charged_once_at_the_most_that_lay_there(tmp_path: Path) -> None:
    desk = desk_for(tmp_path, spec(costs={"storage_gb_month": 31.0, "currency": "EUR"}))
    assert isinstance(desk.ports.storage, MemoryStorage)
    for size, hour in [(10**9, 1), (3 * 10**9, 12), (2 * 10**9, 23)]:
        desk.ports.storage.sizes[MODEL] = {"snapshots": size}
        accrue_day(desk, now=START + timedelta(hours=hour))
    assert desk.ports.costs.total(MODEL) == pytest.approx(3.0)
    accrue_day(desk, now=START + timedelta(days=1))
    assert desk.ports.costs.total(MODEL) == pytest.approx(5.0)


def test_spans_of_a_replay_meet(tmp_path: Path) -> None:
    desk = desk_for(tmp_path, spec(costs={"storage_gb_month": 1.0, "currency": "EUR"}))
    assert isinstance(desk.ports.storage, MemoryStorage)
    desk.ports.storage.sizes[MODEL] = {"pages": 10**9}
    middle, end = START + timedelta(days=20), START + timedelta(days=31 + 29)
    accrue_storage(desk, start=START, end=middle)
    accrue_storage(desk, start=middle, end=end)
    accrue_storage(desk, start=middle, end=end)
    assert desk.ports.costs.total(MODEL) == pytest.approx(2.0)  # January and February
