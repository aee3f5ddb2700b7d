from __future__ import annotations

from pathlib import Path

from benchmarks.pages.home import LONG, LONG_FEATURES, MODELS, make_home
from infra.memory import memory_ports
from services.dashboard.fleet import fleet_rows, totals


def test_a_home_has_fifty_models_of_which_some_need_a_person(tmp_path: Path) -> None:
    ports = memory_ports(tmp_path)
    make_home(ports, windows=9, long_windows=10, seed=1)
    rows = fleet_rows(ports)
    assert len(rows) == MODELS
    assert {total.word: total.count for total in totals(rows)} == {"degraded": 6, "ok": 44}
    assert all(row.gap is not None and row.gap.sure and row.gap.worse for row in rows[:6])
    (long,) = [row for row in rows if row.name == LONG]
    assert long.line.drift is not None
    assert len(long.line.drift.effects) == LONG_FEATURES
