"""A look that was killed once its windows were measured is made up for by the next."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from flows.desk import Desk
from flows.monitor import Watched, monitor
from flows.windows.references import References
from infra.ports import Ports
from tests.builders import MODEL, Loop, spec, started, stream
from tests.unit.flows.killing import Dying, Killed

DRIFTING = {"policy": "every", "every": "100 rows", "min_labels": 50}


def _begun(folder: Path) -> Loop:
    """A window whose labels are due, so that a look measures it and considers a retraining."""
    loop = started(folder, stream(1000, change=300), 300, spec("classification", retraining=DRIFTING))[0]
    loop.label(loop.serve(150))
    return loop


def _look(loop: Loop, told: Callable[[str], None] = lambda _: None) -> Watched:
    ports: Ports = loop.desk.ports
    named = {name: Dying(getattr(ports, name), name, told) for name in ("windows", "alerts", "triggers", "costs")}
    desk: Desk = replace(loop.desk, ports=replace(ports, **named))  # type: ignore[arg-type]  # it has what a port has
    return monitor(desk, References(desk), lambda *_: None, now=loop.now)


def _seen(loop: Loop) -> dict[str, object]:
    ports = loop.desk.ports
    return {
        "windows": [(one.index, one.state, one.performance, one.feedback) for one in ports.windows.page(MODEL, 10)],
        "alerts": sorted((one.rule, one.state) for one in ports.alerts.page(MODEL, 50)),
        "triggers": [(one.state, one.reason) for one in ports.triggers.page(MODEL, 50)],
    }


def test_the_next_look_comes_to_the_same_wherever_one_was_killed_once_its_windows_were_measured(tmp_path: Path) -> None:
    loop, writes = _begun(tmp_path / "undisturbed"), list[str]()
    found = _look(loop, writes.append)
    assert found.trigger is not None
    assert found.trigger.state == "accepted"
    assert writes.count("windows.save") == 4  # cut, estimated, measured, heard
    measured = [place for place, name in enumerate(writes) if name == "windows.save"][2]
    for last in range(measured + 1, len(writes)):
        killed, told = _begun(tmp_path / str(last)), list[str]()

        def die(name: str, told: list[str] = told, last: int = last) -> None:
            told.append(name)
            if len(told) == last + 1:
                raise Killed

        try:
            _look(killed, die)
        except Killed:
            _look(killed)
        assert told == writes[: last + 1]
        assert _seen(killed) == _seen(loop), f"killed before {writes[last]}, number {last + 1} of {len(writes)}"
