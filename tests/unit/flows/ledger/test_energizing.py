from __future__ import annotations

from pathlib import Path

import pytest

from flows.ledger.energizing import energy_entries
from infra.energy import Energy
from tests.builders import MODEL, START, desk_for, spec
from tests.contracts.building import run

FOUND = Energy(kwh=2.0, low=1.2, high=2.8, is_measured=False, method="CodeCarbon", kg_co2e=0.5)


def test_kilowatt_hours_are_priced_and_carbon_dioxide_is_counted(tmp_path: Path) -> None:
    desk = desk_for(tmp_path, spec(costs={"energy_kwh": 0.3, "country": "DEU", "currency": "EUR"}))
    kwh, carbon = energy_entries(desk, run("r", model=MODEL, at=START), FOUND, segment="s")
    assert (kwh.basis, kwh.low, kwh.high) == ("estimated", 1.2, 2.8)
    assert kwh.amount == pytest.approx(0.6)
    assert (carbon.unit, carbon.quantity, carbon.amount, carbon.is_unpriced) == ("kg_co2e", 0.5, None, False)
    assert (carbon.low, carbon.high) == pytest.approx((0.3, 0.7))


def test_electricity_without_a_price_is_in_the_price_of_an_hour(tmp_path: Path) -> None:
    desk = desk_for(tmp_path)
    (kwh, _) = energy_entries(desk, run("r", model=MODEL, at=START), FOUND, segment="s")
    assert (kwh.amount, kwh.is_unpriced) == (None, False)
