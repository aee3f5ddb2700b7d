"""The energy of a block of work, by CodeCarbon: measured where the processor has counters, estimated where not.

CodeCarbon is imported when a measurement begins, and never by a command that measures nothing. Whatever goes wrong in
it costs the work nothing: the energy is then unknown, and it is said why.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

BAND = 0.4
"""By what share CodeCarbon's estimates have been found to be off."""
_log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True, slots=True)
class Energy:
    """Kilowatt-hours of this process, their band, and how they were found; carbon dioxide where the grid is known."""

    kwh: float
    low: float
    high: float
    is_measured: bool
    method: str
    kg_co2e: float | None


@dataclass(kw_only=True)
class Measurement:
    """What came of it; `energy` is None while it runs, and where `unknown` says why it stays unknown."""

    energy: Energy | None = None
    unknown: str = "not measured"


@dataclass(frozen=True, kw_only=True)
class Instruments:
    """What measures: a maker of trackers, and whether the processor has counters to read."""

    tracker: Callable[..., Any]
    has_counters: bool


@contextmanager
def measure_energy(
    country: str | None, *, instruments: Callable[[], Instruments] | None = None
) -> Iterator[Measurement]:
    """Measure the block. `country` (ISO 3166 alpha-3) names the grid; without it the carbon dioxide is unknown.

    Starting takes 2 CPU seconds once a process: begin before what is to be timed.
    """
    found = Measurement()
    started = _attempt(found, lambda: _start((instruments or _codecarbon)(), country))
    try:
        yield found
    finally:
        if started is not None:
            tracker, has_counters = started
            _attempt(found, lambda: _read(found, tracker, has_counters, country))


def _codecarbon() -> Instruments:
    os.environ.setdefault("DO_NOT_TRACK", "true")
    logging.getLogger("codecarbon").setLevel(logging.CRITICAL)  # before it begins to tell of its beginning
    from codecarbon import OfflineEmissionsTracker
    from codecarbon.core.cpu import is_rapl_available

    return Instruments(tracker=OfflineEmissionsTracker, has_counters=is_rapl_available())


def _start(instruments: Instruments, country: str | None) -> tuple[Any, bool]:
    tracker = instruments.tracker(
        country_iso_code=country or "USA",  # it insists on one: what it says of carbon dioxide is then not used
        save_to_file=False,
        tracking_mode="process",
        allow_multiple_runs=True,
        log_level="critical",
    )
    tracker.start()
    return tracker, instruments.has_counters


def _read(found: Measurement, tracker: Any, has_counters: bool, country: str | None) -> None:
    """What has no counter is estimated: memory always, the processor where it has none."""
    tracker.stop()
    data = tracker.final_emissions_data
    kwh, carbon = float(data.energy_consumed), float(data.emissions)
    if not kwh > 0.0:
        found.unknown = "CodeCarbon found nothing, which is unknown and not 0"
        return
    estimated = float(data.ram_energy) + (0.0 if has_counters else float(data.cpu_energy))
    processor = "counters of the processor (RAPL)" if has_counters else "estimated from the processor's load"
    known = country is not None and data.country_iso_code == country and bool(data.country_name)
    found.energy = Energy(
        kwh=kwh,
        low=kwh - BAND * estimated,
        high=kwh + BAND * estimated,
        is_measured=has_counters,
        method=f"CodeCarbon {data.codecarbon_version}, this process alone: {processor}, memory estimated",
        kg_co2e=carbon if known and carbon > 0.0 else None,
    )


def _attempt(found: Measurement, act: Callable[[], Any]) -> Any:
    """None where it failed, with the reason kept: nothing that CodeCarbon does may end a training."""
    try:
        return act()
    except Exception as error:  # noqa: BLE001 - a measurement that fails is unknown, and the work goes on
        found.unknown = f"CodeCarbon failed ({type(error).__name__}: {error})"
        _log.warning("energy is unknown: %s", found.unknown)
        return None
