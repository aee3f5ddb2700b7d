from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from flows.windows.alarming import alarmed_seq, check_alarm
from infra.domain.alerts import Alert
from infra.domain.labelling import AlarmState
from infra.ports import RegisteredModel
from services.inference.watching import Watching
from tests.builders import MODEL, START, Loop, desk_for, minute, spec, started, stream


def looped(folder: Path, *, change: int | None = None) -> Loop:
    loop, _ = started(folder, stream(1500, change=change), 300, spec("classification"))
    text = loop.desk.spec.model_dump_json(exclude_unset=True)  # JSON is YAML
    model = RegisteredModel(name=MODEL, spec_yaml=text, spec_folder=".", registered_at=START)
    loop.ports.models.save(model)
    return loop


def alerts(loop: Loop, rule: str = "accuracy_degraded") -> list[Alert]:
    return [alert for alert in loop.ports.alerts.page(MODEL, 100) if alert.rule == rule]


def state(loop: Loop) -> AlarmState:
    found = loop.ports.alarm_states.get(MODEL)
    assert found is not None
    return found


def test_what_the_service_did_not_live_to_raise_is_raised_once(tmp_path: Path) -> None:
    loop = looped(tmp_path, change=400)
    loop.label(loop.serve(160))
    raised = check_alarm(loop.desk, now=loop.now)
    assert raised
    (alert,) = alerts(loop)
    assert alert.opened_at == raised[0].at
    assert alert.evidence["last_seq"] == alarmed_seq(loop.desk) == raised[-1].place
    assert check_alarm(loop.desk, now=loop.now) == []
    assert alerts(loop) == [alert]


def test_it_goes_on_where_it_was(tmp_path: Path) -> None:
    loop = looped(tmp_path)
    for rows in (60, 0, 130, 700):
        loop.label(loop.serve(rows))
        check_alarm(loop.desk, now=loop.now)
        assert state(loop).place == loop.ports.labels.last_place(MODEL)
    assert alerts(loop, "monitor_failed") == []


@pytest.mark.parametrize("seed", range(6))
def test_service_and_monitor_agree_on_random_streams_in_random_batches(tmp_path: Path, seed: int) -> None:
    """Two services and a monitor look in turns at one database; another database is looked at once, at the end."""
    rng = np.random.default_rng(seed)
    change = int(rng.integers(350, 900))
    turns, once = (looped(tmp_path / name, change=change) for name in ("turns", "once"))
    services, unlabelled, told = [Watching(turns.ports), Watching(turns.ports)], list[int](), []
    while turns.sent < 1400:
        rows = int(rng.integers(1, 90))
        for loop in (turns, once):
            served = loop.serve(rows)
        unlabelled += list(served)
        batch = [place for place in unlabelled if rng.random() < 0.7]
        unlabelled = [place for place in unlabelled if place not in batch]
        rng.shuffle(batch)
        for loop in (turns, once):
            loop.label(batch)
        who = int(rng.integers(0, 5))
        if who < 4:
            told += services[who // 2].look(MODEL)
        if who >= 3:
            told += check_alarm(turns.desk, now=turns.now)
        if rng.random() < 0.1:
            services[0].keep()
            services[0] = Watching(turns.ports)  # a restart
    told += check_alarm(turns.desk, now=turns.now)
    at_once = check_alarm(once.desk, now=once.now)
    assert told == at_once
    assert at_once
    assert state(turns).detectors == state(once).detectors
    assert alerts(turns, "monitor_failed") == []
    assert [alert.opened_at for alert in alerts(turns)] == [alert.opened_at for alert in alerts(once)]


def test_a_kept_state_that_the_labels_do_not_give_is_an_alert_and_is_put_right(tmp_path: Path) -> None:
    loop = looped(tmp_path)
    loop.label(loop.serve(100))
    check_alarm(loop.desk, now=loop.now)
    right = state(loop)
    loop.label(loop.serve(50))
    service = Watching(loop.ports)
    service.look(MODEL)
    service.keep()
    figures = {name: dict(found) for name, found in state(loop).detectors.items()}
    figures["stream"]["cusum"] += 0.5
    loop.ports.alarm_states.save(replace(state(loop), detectors=figures))
    check_alarm(loop.desk, now=loop.now)
    (alert,) = alerts(loop, "monitor_failed")
    assert alert.opened_at == loop.now
    assert state(loop).place == 150 > right.place
    check_alarm(loop.desk, now=minute(loop.sent))
    assert alerts(loop, "monitor_failed")[0].updated_at == alert.updated_at


def test_without_a_champion_there_is_nothing_to_check(tmp_path: Path) -> None:
    desk = desk_for(tmp_path)
    assert check_alarm(desk, now=START) == []
    assert desk.ports.alarm_states.get(MODEL) is None
