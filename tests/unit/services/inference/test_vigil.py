from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import structlog

from infra.domain.alerts import Heartbeat
from infra.domain.errors import Unavailable
from infra.memory import memory_ports
from infra.ports import Ports, RegisteredModel
from monitoring.silence import MONITOR, SILENT_AFTER
from services.inference.vigil import Vigil
from tests.unit.services.inference.building import MODEL, NOW, register, served

pytestmark = pytest.mark.anyio


@dataclass
class Clock:
    now: datetime = NOW

    def __call__(self) -> datetime:
        self.now += timedelta(seconds=1)
        return self.now


def beat(ports: Ports, at: datetime, model: str = MODEL, message: str = "") -> None:
    ports.heartbeats.beat(Heartbeat(name=MONITOR, model=model, at=at, ok=not message, message=message))


def standing(ports: Ports) -> list[tuple[str, str]]:
    return [(alert.model, alert.rule) for alert in ports.alerts.unresolved()]


async def test_a_monitor_that_stopped_is_told_once_and_resolved_when_it_is_back(tmp_path: Path) -> None:
    ports, clock = served(tmp_path), Clock()
    vigils = [Vigil(ports, clock), Vigil(ports, clock)]
    beat(ports, NOW)
    await vigils[0].look()
    assert standing(ports) == []
    clock.now += SILENT_AFTER
    for vigil in vigils * 2:
        await vigil.look()
    assert standing(ports) == [(MODEL, "monitor_silent")]
    beat(ports, clock.now)
    for vigil in vigils * 2:
        await vigil.look()
    assert standing(ports) == []


async def test_a_monitor_that_failed_says_why(tmp_path: Path) -> None:
    ports, clock = served(tmp_path), Clock()
    beat(ports, NOW, message="DataError: 3 rows are too few")
    await Vigil(ports, clock).look()
    (alert,) = ports.alerts.unresolved()
    assert (alert.rule, alert.severity) == ("monitor_failed", "critical")
    assert "3 rows are too few" in alert.message


async def test_a_model_that_was_never_looked_at_has_no_sign_of_life_to_miss(tmp_path: Path) -> None:
    ports, clock = served(tmp_path), Clock()
    clock.now += timedelta(days=1)
    beat(ports, NOW, model="forgotten")
    ports.heartbeats.beat(Heartbeat(name="something else", model=MODEL, at=NOW, ok=False))
    await Vigil(ports, clock).look()
    assert standing(ports) == []


async def test_a_model_file_that_cannot_be_read_costs_the_others_nothing(tmp_path: Path) -> None:
    ports, clock = memory_ports(tmp_path), Clock()
    register(ports)
    ports.models.save(RegisteredModel(name="broken", spec_yaml="model: [", spec_folder=".", registered_at=NOW))
    beat(ports, NOW - timedelta(days=1), model="broken")
    beat(ports, NOW - timedelta(days=1))
    await Vigil(ports, clock).look()
    assert standing(ports) == [(MODEL, "monitor_silent")]


async def test_a_database_that_is_away_is_said_once(
    tmp_path: Path, logged: list[structlog.typing.EventDict], monkeypatch: pytest.MonkeyPatch
) -> None:
    ports = served(tmp_path)

    def away() -> list[Heartbeat]:
        raise Unavailable("the database is away")

    monkeypatch.setattr(ports.heartbeats, "all", away)
    vigil = Vigil(ports, Clock())
    for _ in range(3):
        await vigil.look()
    assert len([event for event in logged if "signs of life" in event["event"]]) == 1
