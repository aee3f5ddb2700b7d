"""Who is trained next, of all models."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from flows import trainings_flow
from flows.desk import Desk
from flows.trainings_flow import who_waits
from infra.domain.errors import NotFound
from infra.memory import memory_ports
from tests.builders import minute, spec, trigger


def test_a_model_that_cannot_be_opened_keeps_no_other_from_its_turn(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ports, failures = memory_ports(tmp_path), {"before": "it failed"}
    for model, at in (("late", 2), ("early", 1)):
        ports.triggers.save(replace(trigger(model, at=minute(at)), model=model))

    def opened(model: str) -> Desk:
        if model == "broken":
            raise NotFound("its file is away")
        return Desk(spec=spec(model=model), folder=tmp_path, ports=ports)

    monkeypatch.setattr(trainings_flow, "open_desk", opened)
    assert who_waits(["broken", "late", "idle", "early", "before"], {"before"}, failures) == ["early", "late"]
    assert failures == {"before": "it failed", "broken": "its file is away"}
    assert who_waits(["early", "late"], {"early"}, failures) == ["late"]
    assert who_waits([], set(), failures) == []
