from __future__ import annotations

from pathlib import Path

import pytest

from flows.ledger.metering import charge_start, is_flow_process
from infra.shared_clock import SharedClock
from tests.builders import START, desk_for, spec


def test_what_a_process_takes_beside_its_looks_is_charged_to_the_models_evenly_and_once(tmp_path: Path) -> None:
    ticks = iter([5.0, 7.0, 9.0, 10.0])
    clock = SharedClock(lambda: next(ticks))
    desks = [desk_for(tmp_path / name, spec(model=name, costs={"cpu_hour": 3600.0})) for name in ("first", "second")]
    reader = clock.open()  # 5 seconds of imports before it
    clock.close(reader)
    charge_start(desks, now=START, clock=clock)
    charge_start(desks[:1], now=START, clock=clock)
    totals = [desk.ports.costs.total(desk.spec.model) for desk in desks]
    assert totals == [pytest.approx(3.5 + 1.0), pytest.approx(3.5)]


def test_this_process_was_not_started_for_a_flow_run() -> None:
    assert not is_flow_process()
