"""Whose turn it is."""

from __future__ import annotations

from dataclasses import replace

from flows.turns import longest_unseen_first, longest_waiting_first
from infra.domain.alerts import Heartbeat
from tests.builders import minute, trigger


def beat(model: str, at: float, name: str = "monitor") -> Heartbeat:
    return Heartbeat(name=name, model=model, at=minute(at), ok=True, message="")


def test_who_was_never_looked_at_comes_first_and_then_who_was_longest_ago() -> None:
    beats = [beat("a", 3), beat("b", 1), beat("c", 2), beat("d", 0, name="costs")]
    assert longest_unseen_first(["a", "b", "c", "d"], beats, "monitor") == ["d", "b", "c", "a"]


def test_a_model_that_asks_all_the_time_has_one_turn_after_those_that_waited_longer() -> None:
    greedy = [replace(trigger(f"g{place}", at=minute(5 + place)), model="greedy") for place in range(50)]
    patient = [replace(trigger("p", at=minute(4)), model="patient")]
    late = [replace(trigger("l", at=minute(6)), model="late")]
    turns = longest_waiting_first({"greedy": greedy, "quiet": [], "late": late, "patient": patient})
    assert turns == ["patient", "greedy", "late"]
