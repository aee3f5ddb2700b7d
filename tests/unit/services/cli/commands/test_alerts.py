from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from infra.domain.alerts import Alert
from services.cli.moments import wall_clock
from tests.unit.services.cli.commands.conftest import Place

Make = Callable[..., Alert]


def test_lists_what_is_not_resolved_and_with_all_the_rest(place: Place, an_alert: Make) -> None:
    place.ports.alerts.save(an_alert())
    place.ports.alerts.save(an_alert("a2", state="resolved"))
    code, out, _ = place.run("alerts")
    assert (code, out.count("\n")) == (0, 1)
    assert out.startswith("a1  critical  open")
    assert "It is wrong too often." in out
    listed = place.json("alerts", "press", "--all")["alerts"]
    assert {one["id"] for one in listed} == {"a1", "a2"}


def test_no_alert_is_said_kindly_and_an_empty_home_too(place: Place) -> None:
    assert place.run("alerts")[:2] == (0, "no alert is open; `--all` shows those that were\n")
    code, out, _ = place.run("alerts", "--home", place.folder / "elsewhere")
    assert (code, "nothing is kept" in out) == (0, True)


def test_acknowledge_silence_and_resolve_leave_who_and_why(place: Place, an_alert: Make) -> None:
    place.ports.alerts.save(an_alert())
    assert place.run("alerts", "acknowledge", "a1", "--note", "on my way")[0] == 0
    found = place.ports.alerts.get("a1")
    assert (found.state, found.note.endswith(": on my way")) == ("acknowledged", True)
    before = wall_clock()
    assert place.run("alerts", "silence", "a1", "--until", "8h")[0] == 0
    until = place.ports.alerts.get("a1").silenced_until
    assert until is not None
    assert before + timedelta(hours=8) <= until <= wall_clock() + timedelta(hours=8)
    assert place.run("alerts", "silence", "a1", "--until", "2999-01-01T00:00:00Z")[0] == 0
    assert place.json("alerts", "resolve", "a1")["alert"]["state"] == "resolved"
    assert place.run("alerts", "resolve", "a1")[0] == 3


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["silence", "a1"], 2, "--until"),
        (["silence", "a1", "--until", "5 rows"], 2, "neither a moment"),
        (["silence", "a1", "--until", "2020-01-01T00:00:00Z"], 3, "later moment"),
        (["silence", "a1", "--until", "2020-01-01"], 2, "no time zone"),
        (["resolve", "a1", "--until", "8h"], 2, "--until"),
        (["resolve", "nope"], 1, "no alert 'nope'"),
        (["erase", "a1"], 2, "acknowledge, silence, resolve"),
        (["lathe"], 1, "there are press"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
def test_what_cannot_be_is_said(place: Place, an_alert: Make, words: list[str], code: int, said: str) -> None:
    place.ports.alerts.save(an_alert())
    found, out, err = place.run("alerts", *words)
    assert (found, out) == (code, "")
    assert said in err
    assert place.ports.alerts.get("a1").state == "open"
