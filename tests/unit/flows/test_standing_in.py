"""A look that was missed is made by whoever starts the others; nobody's is made twice."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from flows.desk import Desk
from flows.holding import held
from flows.rounds import Looked
from flows.standing_in import STANDING_IN, keep_standing_in, stand_in
from infra.domain.alerts import Heartbeat
from infra.memory import memory_ports
from infra.ports import Ports, RegisteredModel
from monitoring.silence import MONITOR
from tests.builders import minute, spec

LATE_AFTER = timedelta(minutes=1.5)
LANES = [":looks", ":looks-2"]


def _fleet(folder: Path, *looked_at: float) -> Ports:
    """Models, each looked at in that minute."""
    ports = memory_ports(folder)
    for number, at in enumerate(looked_at):
        ports.models.save(_registered(f"m{number}"))
        ports.heartbeats.beat(Heartbeat(name=MONITOR, model=f"m{number}", at=minute(at), ok=True, message=""))
    return ports


def _registered(name: str) -> RegisteredModel:
    return RegisteredModel(name=name, spec_yaml="", spec_folder="", registered_at=minute(0))


def _stand_in(ports: Ports, folder: Path, at: float, *, broken: str = "") -> list[Looked]:
    def clock() -> datetime:
        return minute(at)

    def open_desk(name: str) -> Desk:
        if name == broken:
            raise OSError("the model file is gone")
        return Desk(spec=spec(model=name), folder=folder, ports=ports, clock=clock)

    return stand_in(ports, open_desk, LANES, late_after=LATE_AFTER, clock=clock)


@pytest.mark.parametrize(
    ("newest", "at", "is_made"),
    [
        pytest.param(10.0, 11.5, False, id="not late yet"),
        pytest.param(10.0, 11.6, True, id="late"),
        pytest.param(10.0, 500.0, True, id="late after a long silence"),
    ],
)
def test_a_look_is_made_where_none_came_for_too_long(tmp_path: Path, newest: float, at: float, is_made: bool) -> None:
    ports = _fleet(tmp_path, 3.0, newest)
    found = _stand_in(ports, tmp_path, at)
    assert sorted(one.model for one in found) == (["m0", "m1"] if is_made else [])
    assert [one.problem for one in found if one.problem is not None] == []
    assert _stand_in(ports, tmp_path, at) == []  # it has been made


def test_a_model_that_was_never_looked_at_waits_from_its_registration_on(tmp_path: Path) -> None:
    ports = memory_ports(tmp_path)
    assert _stand_in(ports, tmp_path, 1.6) == []  # there is no model yet
    ports.models.save(_registered("new"))
    assert _stand_in(ports, tmp_path, 1.4) == []
    assert [one.model for one in _stand_in(ports, tmp_path, 1.6)] == ["new"]


@pytest.mark.parametrize("lease", [*LANES, STANDING_IN])
def test_nothing_is_done_where_somebody_is_at_it(tmp_path: Path, lease: str) -> None:
    ports = _fleet(tmp_path, 1.0)
    with held(ports.leases, lease, "a look", lambda: minute(9)):
        assert _stand_in(ports, tmp_path, 9) == []
    assert [one.model for one in _stand_in(ports, tmp_path, 9)] == ["m0"]


def test_a_model_that_cannot_be_looked_at_says_so_and_keeps_no_other(tmp_path: Path) -> None:
    ports = _fleet(tmp_path, 1.0, 2.0)
    assert len(_stand_in(ports, tmp_path, 9, broken="m1")) == 2
    told = {one.model: (one.at, one.ok, one.message) for one in ports.heartbeats.all()}
    assert told == {"m0": (minute(9), True, ""), "m1": (minute(9), False, "OSError: the model file is gone")}


def test_it_goes_on_beside_the_process_and_what_failed_is_tried_again(tmp_path: Path) -> None:
    ports, tried, done = _fleet(tmp_path, 1.0), [0], threading.Event()

    def open_desk(name: str) -> Desk:
        return Desk(spec=spec(model=name), folder=tmp_path, ports=ports)

    def afterwards() -> None:
        tried[0] += 1
        if tried[0] == 1:
            ports.heartbeats.beat(Heartbeat(name=MONITOR, model="m0", at=minute(1), ok=True, message=""))
            raise OSError("nobody can be told")
        done.set()

    ending = keep_standing_in(ports, open_desk, LANES, timedelta(minutes=1), afterwards, ask_every_seconds=0.001)
    assert done.wait(30)
    ending.set()
    assert tried == [2]
