from __future__ import annotations

import threading
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from flows.holding import holding
from flows.retraining.pending import answer_pending
from flows.retraining.recovering import CRASHES, MOST_CRASHES, recover
from flows.retraining.retrain import Outcome, train_first
from flows.training.fitting import Epoch
from flows.trial.mirroring import mirror_champion
from infra.domain.decisions import TrainingRun
from infra.domain.errors import Refused, TrainingFailed, Unavailable
from infra.memory.tracking import MemoryRegistry, MemoryTracking
from tests.builders import KINDS, MODEL, START, Loop, desk_for, minute, started, stream, trigger


class Killed(BaseException):
    """As good as SIGKILL: nothing that catches errors catches it."""


def drifted(folder: Path) -> Loop:
    loop, _ = started(folder, stream(900, change=300), 300)
    loop.label(loop.serve(500))
    loop.ports.triggers.save(trigger(at=loop.now))
    return loop


def killed_in(loop: Loop, number: int) -> TrainingRun:
    """The run as a process leaves it that was killed in that epoch, and whose lease nobody gave back."""

    def die(epoch: Epoch) -> None:
        if epoch.number >= number:
            raise Killed

    with pytest.raises(Killed):
        answer_pending(replace(loop.desk, on_epoch=die), now=loop.now)
    loop.ports.leases.acquire(MODEL, "the dead", START, 60.0)
    return loop.ports.runs.page(MODEL, 1)[0]


def later(loop: Loop, minutes: float = 60) -> Loop:
    """The same model, looked at when leases of before are over."""
    return replace(loop, desk=replace(loop.desk, clock=lambda: START + timedelta(minutes=minutes)))


def test_a_killed_run_is_marked_with_what_it_cost_once_its_lease_is_over(tmp_path: Path) -> None:
    loop = drifted(tmp_path)
    run = killed_in(loop, 3)
    recover(loop.desk)
    assert loop.ports.runs.get(run.id).state == "running"  # its holder may still be at work
    recover(later(loop).desk)
    marked = loop.ports.runs.get(run.id)
    spent = sum(entry.quantity for entry in loop.ports.costs.of_run(run.id) if entry.unit == "cpu_second")
    assert marked.state == "crashed"
    assert (marked.metrics or {})["cpu_seconds"] == spent > 0
    assert "killed" in marked.message
    tracking = loop.ports.tracking
    assert isinstance(tracking, MemoryTracking)
    assert tracking.runs[-1].state == "KILLED"


def test_a_killed_run_goes_on_as_itself_with_the_rows_it_had(tmp_path: Path) -> None:
    whole = drifted(tmp_path / "whole")
    expected = answer_pending(whole.desk, now=whole.now)
    loop = drifted(tmp_path / "killed")
    run = killed_in(loop, 3)
    loop.label(loop.serve(50), at=loop.now + timedelta(hours=1))
    outcome = answer_pending(later(loop).desk, now=loop.now + timedelta(hours=2))
    assert outcome is not None
    assert expected is not None
    assert outcome.run.id == run.id
    assert outcome.run.snapshot == run.snapshot == expected.run.snapshot
    assert loop.champion().sha256 == whole.champion().sha256
    assert (outcome.run.metrics or {})[CRASHES] == 1
    assert [one.state for one in loop.ports.runs.page(MODEL, 5)] == ["succeeded", "succeeded"]


def test_a_run_that_is_killed_again_and_again_is_given_up(tmp_path: Path) -> None:
    loop = drifted(tmp_path)
    for times in range(MOST_CRASHES):
        killed_in(later(loop, 60 * times), 1)
        loop.ports.leases.acquire(MODEL, "the dead", START + timedelta(hours=times), 60.0, lambda _: True)
    with pytest.raises(TrainingFailed, match="killed 3 times"):
        answer_pending(later(loop, 600).desk, now=loop.now)
    assert [one.state for one in loop.ports.triggers.page(MODEL, 5) if one.id == "t1"] == ["failed"]
    assert answer_pending(later(loop, 700).desk, now=loop.now) is None


def test_a_first_training_that_was_killed_blocks_nothing(tmp_path: Path) -> None:
    desk = desk_for(tmp_path)

    def die(_: Epoch) -> None:
        raise Killed

    with pytest.raises(Killed):
        train_first(replace(desk, on_epoch=die), stream(300).examples(300), KINDS, now=minute(299))
    recover(desk)
    assert [one.state for one in desk.ports.runs.page(MODEL, 5)] == ["crashed"]
    (first,) = desk.ports.triggers.in_state(MODEL, "failed")
    assert "keepsharp train" in first.reason
    assert train_first(desk, stream(300).examples(300), KINDS, now=minute(299)).decision.kind == "promote"


def test_a_lease_taken_over_stops_the_training_at_the_next_epoch(tmp_path: Path) -> None:
    loop = drifted(tmp_path)
    seen: list[int] = []

    def taken_over(epoch: Epoch) -> None:
        seen.append(epoch.number)
        if epoch.number == 2:
            loop.ports.leases.acquire(MODEL, "another", START, 600.0, lambda _: True)

    with pytest.raises(Refused, match="taken over"):
        answer_pending(replace(loop.desk, on_epoch=taken_over), now=loop.now)
    assert loop.ports.versions.next_version(MODEL) == 2
    assert loop.champion().version == 1
    assert loop.ports.runs.page(MODEL, 1)[0].state == "running"  # whose it is now says what becomes of it


def test_a_lease_is_renewed_while_it_is_held(tmp_path: Path) -> None:
    desk = desk_for(tmp_path)
    renewed = threading.Event()
    leases = desk.ports.leases
    original = leases.renew

    def renew(*given: object) -> object:
        renewed.set()
        return original(*given)  # type: ignore[arg-type]  # passed through

    leases.renew = renew  # type: ignore[method-assign,assignment]  # the double of the double
    with holding(desk, "x", seconds=0.01) as hold:
        assert renewed.wait(10)
        hold.require()
    leases.acquire(MODEL, "another", START, 60.0)


def test_what_waits_and_asks_for_no_later_labels_is_answered_by_the_same_run(tmp_path: Path) -> None:
    loop = drifted(tmp_path)

    def wish(epoch: Epoch) -> None:
        if epoch.number == 1:
            loop.ports.triggers.save(trigger("same", at=loop.now))
            loop.ports.triggers.save(trigger("later", at=loop.now + timedelta(hours=1)))

    answer_pending(replace(loop.desk, on_epoch=wish), now=loop.now)
    states = {one.id: one.state for one in loop.ports.triggers.page(MODEL, 9)}
    assert (states["t1"], states["same"], states["later"]) == ("done", "done", "accepted")


class Forgetful(MemoryRegistry):
    """A registry that does not answer."""

    def champion(self, model: str) -> tuple[int, str] | None:
        raise Unavailable("away")


def test_the_registry_follows_who_serves(tmp_path: Path) -> None:
    loop, outcome = started(tmp_path, stream(300), 300)
    assert isinstance(outcome, Outcome)
    assert mirror_champion(loop.desk)
    registry = MemoryRegistry()
    desk = replace(loop.desk, ports=replace(loop.ports, registry=registry))
    assert not mirror_champion(desk)
    assert registry.champion(MODEL) == (1, loop.champion().sha256)
    assert mirror_champion(desk)
    assert mirror_champion(replace(desk, ports=replace(loop.ports, registry=Forgetful())))
    assert mirror_champion(desk_for(tmp_path / "empty"))
