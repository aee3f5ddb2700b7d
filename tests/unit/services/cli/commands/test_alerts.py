from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from infra.domain.alerts import Alert, Notice
from services.cli.moments import wall_clock
from tests.unit.services.cli.commands.conftest import TRAFFIC_START, Place

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


def test_the_worst_comes_first_with_all_that_a_person_needs(place: Place, an_alert: Make) -> None:
    mild = an_alert("a2", severity="warning", opened_at=wall_clock())
    figures = {"accuracy": 0.81234567, "report": "windows/press/000002.html.gz", "quiet_judgements": 0}
    grave = an_alert(
        owner="line-desk", runbook="docs/runbooks.md#x", actions=("2024-02-01 retrained",), evidence=figures
    )
    for one in (mild, grave):
        place.ports.alerts.save(one)
    _, out, _ = place.run("alerts")
    assert out.splitlines() == [
        "a1  critical  open          press  since 2024-02-01 00:00: It is wrong too often.",
        "    figures: accuracy 0.8123",
        "    owner: line-desk",
        "    what to do: docs/runbooks.md#x",
        f"    evidence: {place.settings.artifacts / 'windows/press/000002.html.gz'}",
        "    done: 2024-02-01 retrained",
        out.splitlines()[-1],
    ]
    assert out.splitlines()[-1].startswith("a2  warning")


def test_one_that_is_kept_up_says_since_when_when_last_and_since_when_each_column(place: Place, an_alert: Make) -> None:
    evidence = {
        "drifted_share": 0.5,
        "broken_at": "2024-02-03T10:30:00+00:00",
        "since price": "2024-02-01T00:00:00+00:00, window 3",
        "since demand": "2024-02-02T12:00:00+00:00, window 5",
        "since wind": "2024-02-02T12:00:00+00:00, window 5",
    }
    place.ports.alerts.save(an_alert(evidence=evidence))
    _, out, _ = place.run("alerts")
    assert out.splitlines() == [
        "a1  critical  open          press  since 2024-02-01 00:00, latest at 2024-02-03 10:30: It is wrong too often.",
        "    figures: drifted_share 0.5",
        "    since window 3 (2024-02-01 00:00 UTC): price",
        "    since window 5 (2024-02-02 12:00 UTC): demand, wind",
    ]


def test_an_alert_is_given_to_somebody_and_takes_notes_to_the_end(place: Place, an_alert: Make) -> None:
    place.ports.alerts.save(an_alert())
    assert place.json("alerts", "assign", "a1", "--to", "night-shift")["alert"]["owner"] == "night-shift"
    place.json("alerts", "resolve", "a1")
    noted = place.json("alerts", "note", "a1", "--note", "it was the camera")["alert"]
    assert (noted["state"], noted["note"].endswith(": it was the camera")) == ("resolved", True)
    deeds = [deed.split(" ", 2)[2].split(" by ")[0] for deed in noted["actions"]]
    assert deeds[:2] == ["given to night-shift", "resolved"]
    assert deeds[2].endswith(": it was the camera")


def test_notices_say_how_far_they_got(place: Place, an_alert: Make) -> None:
    assert "nobody was told anything" in place.run("alerts", "--notices")[1]
    made = Notice(
        id="n1",
        model="press",
        alert_ids=("a1",),
        group="press:critical",
        target="chat",
        event="opened",
        subject="[critical] press: accuracy_degraded",
        body="It is wrong too often.",
        created_at=TRAFFIC_START,
        not_before=TRAFFIC_START,
    )
    tried = replace(made, id="n2", attempts=3, problem="chat did not answer")
    place.ports.alerts.save(an_alert(), [made, tried])
    _, out, _ = place.run("alerts", "press", "--notices")
    assert "n1  waiting  2024-02-01 00:00  to chat: [critical] press: accuracy_degraded\n" in out
    assert "(after 3 failed attempts, again at 2024-02-01 00:00: chat did not answer)" in out
    assert {one["id"] for one in place.json("alerts", "--notices")["notices"]} == {"n1", "n2"}


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["silence", "a1"], 2, "--until"),
        (["silence", "a1", "--until", "5 rows"], 2, "neither a moment"),
        (["silence", "a1", "--until", "2020-01-01T00:00:00Z"], 3, "later moment"),
        (["silence", "a1", "--until", "2020-01-01"], 2, "no time zone"),
        (["resolve", "a1", "--until", "8h"], 2, "--until"),
        (["resolve", "nope"], 1, "no alert 'nope'"),
        (["assign", "a1"], 2, "--to NAME"),
        (["acknowledge", "a1", "--to", "me"], 2, "--to"),
        (["note", "a1"], 2, "--note TEXT"),
        (["resolve", "a1", "--notices"], 2, "--notices"),
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


def test_an_act_without_an_alert_is_no_model(place: Place) -> None:
    code, _, err = place.run("alerts", "acknowledge")
    assert (code, "`keepsharp alerts acknowledge ID`" in err) == (2, True)
