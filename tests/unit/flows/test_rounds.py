"""Turns of many models, each on its own."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from flows.desk import Desk
from flows.holding import holding
from flows.rounds import LOOKED_AT_BY_ANOTHER, TO_BE_TRAINED, look_at_all
from infra.domain.alerts import Heartbeat
from infra.domain.errors import NotFound, Refused
from infra.memory import memory_ports
from infra.memory.alerts import MemoryHeartbeats
from tests.builders import START, minute, spec, trigger

MANY = [f"m{number:02d}" for number in range(20)]


class Stuck(MemoryHeartbeats):
    """Holds up a look, under its lock, until it is let go."""

    def __init__(self) -> None:
        super().__init__()
        self.entered, self.let_go = threading.Event(), threading.Event()

    def last(self, name: str, model: str) -> Heartbeat | None:
        self.entered.set()
        assert self.let_go.wait(30), "it was never let go"
        return super().last(name, model)


def desks(folder: Path, *names: str, clock: Callable[[], datetime] = lambda: START) -> dict[str, Desk]:
    """Models without a champion on one database."""
    ports = memory_ports(folder)
    return {name: Desk(spec=spec(model=name), folder=folder, ports=ports, clock=clock) for name in names}


def words(models: dict[str, Desk], *, begun: datetime = START) -> dict[str, str]:
    found = [*look_at_all([*models], models.__getitem__, now=minute(1), begun=begun)]
    assert [one.problem for one in found] == [None] * len(models)
    return {one.model: one.word for one in found}


def test_no_model_waits_for_one_whose_look_takes_long(tmp_path: Path) -> None:
    models, stuck = desks(tmp_path, "slow", *MANY), Stuck()
    models["slow"] = replace(models["slow"], ports=replace(models["slow"].ports, heartbeats=stuck))
    first_round = look_at_all([*models], models.__getitem__, now=minute(1), begun=START)
    before = [next(first_round).model for _ in MANY]  # all of them while it is still at it
    assert stuck.entered.is_set()
    assert sorted(before) == MANY
    a_little_later = {name: replace(desk, clock=lambda: minute(0.5)) for name, desk in models.items()}
    second_round = words(a_little_later, begun=minute(0.5))
    assert second_round.pop("slow") == LOOKED_AT_BY_ANOTHER
    assert set(second_round.values()) == {"no probation"}
    stuck.let_go.set()
    assert [(one.model, one.word) for one in first_round] == [("slow", "no probation")]


def test_rounds_that_overlap_share_the_models(tmp_path: Path) -> None:
    models = desks(tmp_path, *MANY, clock=lambda: minute(3))
    half = {name: models[name] for name in MANY[::2]}
    assert set(words(half, begun=minute(2)).values()) == {"no probation"}
    late = words(models, begun=minute(2))
    assert [late[name] == LOOKED_AT_BY_ANOTHER for name in MANY] == [name in half for name in MANY]
    assert set(words(models, begun=minute(4)).values()) == {"no probation"}


def test_looks_and_trainings_of_one_model_do_not_wait_for_each_other(tmp_path: Path) -> None:
    models = desks(tmp_path, "a", "b")
    with holding(models["a"], "retrain"):
        assert words(models) == {"a": "wait", "b": "no probation"}
        with pytest.raises(Refused, match="retrain"), holding(models["a"], "another training"):
            pytest.fail("it was held twice")


def test_a_model_that_fails_keeps_no_other_from_its_turn(tmp_path: Path) -> None:
    models = desks(tmp_path, "a", "c")

    def open_desk(name: str) -> Desk:
        if name == "b":
            raise NotFound("there is no model b")
        return models[name]

    found = look_at_all(["a", "b", "c"], open_desk, now=minute(1), begun=START)
    assert {one.model: (one.word, type(one.problem)) for one in found} == {
        "a": ("no probation", type(None)),
        "b": ("", NotFound),
        "c": ("no probation", type(None)),
    }
    beats = {one.model: one.ok for one in models["a"].ports.heartbeats.all()}
    assert beats == {"a": True, "c": True}


def test_a_model_whose_training_waits_says_so(tmp_path: Path) -> None:
    models = desks(tmp_path, "a")
    models["a"].ports.triggers.save(replace(trigger(state="accepted"), model="a"))
    (found,) = look_at_all(["a"], models.__getitem__, now=minute(1), begun=START)
    assert found.word == TO_BE_TRAINED
    assert found.waits
