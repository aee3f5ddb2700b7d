"""What follows a decision, killed at each of its writes: the next look leaves what an undisturbed process leaves."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from flows.notifying import raise_alerts
from flows.retraining.pending import answer_pending
from flows.retraining.recovering import recover
from flows.trial.mirroring import mirror_champion
from flows.trial.watching import watch_and_act
from infra.crowning import appointed
from infra.domain.errors import Refused, Unavailable
from monitoring.breaches import breach_of
from monitoring.rules import ACCURACY_DEGRADED, Judgement
from tests.builders import MODEL, START, Loop, spec, started, stream, trigger
from tests.unit.flows.killing import dying, killed_everywhere

SHADOW: dict[str, object] = {"shadow": "200 rows"}
MANUAL: dict[str, object] = {"approval": "manual"}


def waiting(folder: Path, promotion: dict[str, object], change: int | None = 300) -> Loop:
    """A trigger that waits, labelled rows, and a standing alert about accuracy."""
    loop, _ = started(folder, stream(2000, change=change), 300, spec(promotion=promotion))
    loop.label(loop.serve(300))
    breach = breach_of(ACCURACY_DEGRADED, "critical", MODEL, "It is worse.", {})
    raise_alerts(loop.desk, Judgement(breaches=(breach,), judged=frozenset({ACCURACY_DEGRADED})), at=loop.now)
    loop.ports.triggers.save(trigger(at=loop.now))
    return loop


def on_trial(folder: Path) -> Loop:
    """A candidate in shadow whose labels say by now that it is better."""
    loop = waiting(folder, SHADOW)
    answer(loop)
    loop.label(loop.serve(60))
    return loop


def no_better(folder: Path) -> Loop:
    """A candidate in shadow whose labels say by now that it is none."""
    loop = waiting(folder, SHADOW, change=None)
    answer(loop)
    loop.label(loop.serve(200))
    return loop


def answer(loop: Loop) -> object:
    return answer_pending(loop.desk, now=loop.now)


def watched(loop: Loop) -> object:
    return watch_and_act(loop.desk, now=loop.now)


def look(loop: Loop) -> None:
    """What the scheduled flows do at a look: recover, mirror, answer what waits, or watch."""
    recover(loop.desk)
    mirror_champion(loop.desk)
    if answer(loop) is None:
        watched(loop)


def state(loop: Loop) -> dict[str, object]:
    """All that a decision leaves."""
    ports, challenger = loop.ports, appointed(loop.ports, MODEL, "challenger")
    return {
        "champion": loop.champion().version,
        "challenger": None if challenger is None else challenger.version,
        "alerts": [(one.rule, one.state, one.actions) for one in ports.alerts.page(MODEL, 9)],
        "triggers": [(one.id, one.state) for one in ports.triggers.page(MODEL, 9) if one.source != "first"],
        "runs": [one.state for one in ports.runs.page(MODEL, 9)],
        "decisions": [(one.kind, one.version) for one in ports.decisions.page(MODEL, 9)],
        "tests": {one.prediction_id: one.state for one in ports.standing_tests.asked(MODEL)},
        "registry": ports.registry.champion(MODEL),
    }


@pytest.mark.parametrize(
    ("begin", "work", "since"),
    [
        pytest.param(lambda folder: waiting(folder, {}), answer, "versions.crown", id="promotion"),
        pytest.param(lambda folder: waiting(folder, SHADOW), answer, "decisions.add", id="challenge"),
        pytest.param(lambda folder: waiting(folder, MANUAL), answer, "decisions.add", id="approval"),
        pytest.param(lambda folder: waiting(folder, {}, None), answer, "decisions.add", id="rejection"),
        pytest.param(on_trial, watched, "versions.crown", id="promotion of a challenger"),
        pytest.param(no_better, watched, "decisions.add", id="end of a trial"),
    ],
)
def test_a_kill_after_a_decision_is_made_up_for_at_the_next_look(
    tmp_path: Path, begin: Callable[[Path], Loop], work: Callable[[Loop], object], since: str
) -> None:
    whole = begin(tmp_path / "whole")
    work(whole)
    folders = iter(range(99))
    for where, loop in killed_everywhere(lambda: begin(tmp_path / str(next(folders))), work, since):
        look(loop)
        assert state(loop) == state(whole), where
        look(loop)
        assert state(loop) == state(whole), f"{where}, looked at again"


@pytest.mark.parametrize("promotion", [{}, SHADOW, MANUAL], ids=["promotion", "challenge", "approval"])
def test_a_holder_that_was_paused_past_its_lease_changes_nothing(tmp_path: Path, promotion: dict[str, object]) -> None:
    for place in range(99):
        loop = waiting(tmp_path / str(place), promotion)
        seen: list[dict[str, object]] = []
        writes: list[str] = []

        def told(
            name: str, loop: Loop = loop, seen: list[dict[str, object]] = seen, writes: list[str] = writes
        ) -> None:
            writes.append(name)
            if len(writes) == place + 1:  # noqa: B023  it is called before the next turn
                loop.ports.leases.acquire(MODEL, "another", START, 600.0, lambda _: True)
                seen.append(state(loop))

        cut = replace(loop.desk, ports=dying(loop.ports, told))
        try:
            answer_pending(cut, now=loop.now)
        except Refused:
            told_of_it = {"alerts": None, "registry": None}  # they say what is on record, whoever says it
            assert {**state(loop), **told_of_it} == {**seen[0], **told_of_it}, writes[place]
            continue
        assert len(writes) <= place, f"nothing refused what came after {writes[place]}"
        return


def test_a_post_that_could_not_be_filled_after_the_decision_is_filled_at_the_next_look(tmp_path: Path) -> None:
    loop = waiting(tmp_path, SHADOW)

    def away(name: str) -> None:
        if name == "shadows.appoint":
            raise Unavailable("the database is away")

    with pytest.raises(Unavailable):
        answer_pending(replace(loop.desk, ports=dying(loop.ports, away)), now=loop.now)
    assert (state(loop)["challenger"], state(loop)["runs"]) == (None, ["running", "succeeded"])
    look(loop)
    assert (state(loop)["challenger"], state(loop)["runs"]) == (2, ["succeeded", "succeeded"])
    assert state(loop)["triggers"] == [("t1", "done")]
