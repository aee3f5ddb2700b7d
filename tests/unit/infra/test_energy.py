from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from infra.energy import Instruments, measure_energy


class Tracker:
    """CodeCarbon's, as far as it is used, with figures of its own."""

    def __init__(self, **options: Any) -> None:
        self.options, self.calls = options, ["made"]
        self.kwh, self.country = 3.0, options["country_iso_code"]

    def start(self) -> None:
        self.calls.append("start")

    def stop(self) -> None:
        self.calls.append("stop")

    @property
    def final_emissions_data(self) -> Any:
        return SimpleNamespace(
            energy_consumed=self.kwh,
            cpu_energy=2.0,
            ram_energy=1.0,
            emissions=1.2,
            country_iso_code=self.country,
            country_name="Germany",
            codecarbon_version="3.3.2",
        )


def instruments(*, has_counters: bool = False, **figures: Any) -> Any:
    def make(**options: Any) -> Tracker:
        tracker = Tracker(**options)
        for name, value in figures.items():
            setattr(tracker, name, value)
        return tracker

    return lambda: Instruments(tracker=make, has_counters=has_counters)


def test_an_estimate_has_its_band_and_its_method() -> None:
    with measure_energy("DEU", instruments=instruments()) as found:
        assert found.energy is None
    assert found.energy is not None
    assert (found.energy.kwh, found.energy.low, found.energy.high) == pytest.approx((3.0, 1.8, 4.2))
    assert (found.energy.is_measured, found.energy.kg_co2e) == (False, 1.2)
    assert "estimated from the processor's load" in found.energy.method


def test_counters_leave_the_memory_alone_uncertain() -> None:
    with measure_energy("DEU", instruments=instruments(has_counters=True)) as found:
        pass
    assert found.energy is not None
    assert (found.energy.low, found.energy.high) == pytest.approx((2.6, 3.4))
    assert found.energy.is_measured


@pytest.mark.parametrize(("country", "told"), [(None, "USA"), ("DEU", "FRA")])
def test_without_a_grid_that_is_known_the_carbon_dioxide_is_unknown(country: str | None, told: str) -> None:
    with measure_energy(country, instruments=instruments(country=told)) as found:
        pass
    assert found.energy is not None
    assert found.energy.kg_co2e is None


def test_nothing_found_is_unknown_and_not_0() -> None:
    with measure_energy("DEU", instruments=instruments(kwh=0.0)) as found:
        pass
    assert found.energy is None
    assert "not 0" in found.unknown


def test_a_measurement_that_fails_costs_the_work_nothing() -> None:
    def broken() -> Instruments:
        raise ImportError("No module named 'codecarbon'")

    with measure_energy("DEU", instruments=broken) as found:
        done = True
    assert (done, found.energy, "No module named" in found.unknown) == (True, None, True)


def test_work_that_fails_fails_as_it_would_have() -> None:
    with pytest.raises(ZeroDivisionError), measure_energy("DEU", instruments=instruments()):
        divmod(1, 0)
