from __future__ import annotations

from infra.domain.alerts import Trigger
from services.cli.moments import wall_clock
from services.cli.person import person
from tests.unit.services.cli.commands.conftest import TRAFFIC_START, Place


def hold(place: Place, name: str = "abc1") -> None:
    place.ports.triggers.save(
        Trigger(
            id=name,
            model="press",
            at=TRAFFIC_START,
            source="policy",
            state="held",
            reason="It pays. A named person may approve it.",
            policy="cost_aware",
            evidence={"held_until": wall_clock().isoformat()},
        )
    )


def test_what_waits_is_listed_and_approved_by_name(place: Place) -> None:
    hold(place)
    code, out, _ = place.run("approve")
    assert (code, out.startswith("abc1  press: It pays.")) == (0, True)
    code, out, err = place.run("approve", "abc", "--reason", "quarter end")
    assert (code, "press: approved" in out) == (0, True), err
    (trigger,) = place.ports.triggers.in_state("press", "accepted")
    assert trigger.evidence["approved_by"] == person()
    assert place.run("approve")[1] == "nothing waits for approval\n"
    assert place.run("approve", "abc1", "--reason", "again")[0] == 3


def test_a_declined_one_is_refused(place: Place) -> None:
    hold(place)
    found = place.json("approve", "abc1", "--decline", "--reason", "too dear")
    assert (found["trigger"]["state"], found["trigger"]["evidence"]["declined_by"]) == ("refused", person())


def test_a_wrong_command_line_is_said(place: Place, empty: Place) -> None:
    assert place.run("approve", "nothing", "--reason", "x")[0] == 1
    assert place.run("approve", "abc1")[0] == 2
    assert place.run("approve", "--decline")[0] == 2


def test_an_approved_retraining_is_answered_by_the_next_one(place: Place) -> None:
    place.label(place.serve(200))
    hold(place)
    place.run("approve", "abc1", "--reason", "quarter end")
    assert place.run("retrain", "press", "--now", "2024-03-01T00:00:00Z")[0] == 0
    states = {one.id: one.state for one in place.ports.triggers.page("press", 9)}
    assert states["abc1"] == "done"


def test_nothing_was_ever_kept(empty: Place) -> None:
    assert empty.run("approve")[:2] == (0, "nothing waits for approval\n")
