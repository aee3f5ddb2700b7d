from __future__ import annotations

import sqlite3

import pytest

from tests.unit.services.cli.commands.conftest import Place


def test_the_record_says_who_did_what_and_holds(place: Place) -> None:
    place.run("keys", "create", "line-3", "--role", "predict")
    place.run("apply", place.model_file)
    code, out, _ = place.run("audit", "log", "press")
    assert code == 0
    apply, promote, train, hint = out.splitlines()
    assert "apply model" in apply
    assert "keepsharp  promote version 1 (" in promote
    assert "none against it)" in promote
    assert all(len(line) <= 120 for line in out.splitlines())
    assert hint == "`keepsharp audit show press PLACE` tells one whole"
    assert "train model" in train
    _, out, _ = place.run("audit", "log")
    assert 'create key line-3: roles ["predict"]' in out
    found = place.json("audit", "verify")
    assert found["holds"] is True
    assert [(one["model"], one["links"]) for one in found["chains"]] == [("", 1), ("press", 3)]


def test_one_deed_is_told_whole_by_its_place(place: Place) -> None:
    code, out, _ = place.run("audit", "show", "press", "2")
    assert code == 0
    assert "promote version 1: No champion was compared with it." in out
    assert place.json("audit", "show", "press", "2")["link"]["hash"] in out
    code, _, err = place.run("audit", "show", "press", "77")
    assert (code, "press has no deed 77: its record ends at" in err) == (1, True)


def test_a_changed_decision_is_named_and_fails(place: Place) -> None:
    with sqlite3.connect(place.home / "keepsharp.db") as connection:
        connection.execute("UPDATE decisions SET actor = 'eve'")
    code, out, _ = place.run("audit", "verify", "press")
    assert code == 1
    assert "BROKEN at link 2" in out
    assert '"actor":"eve"' in out


def test_a_noted_head_is_held_against_the_record(place: Place) -> None:
    (chain,) = place.json("audit", "verify", "press")["chains"]
    place.run("apply", place.model_file)
    noted = f"{chain['head']['place']}:{chain['head']['hash']}"
    assert place.run("audit", "verify", "press", "--head", noted)[0] == 0
    code, out, _ = place.run("audit", "verify", "press", "--head", f"{chain['head']['place']}:{'ab' * 32}")
    assert (code, "noted earlier" in out) == (1, True)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["audit"], "say `verify`"),
        (["audit", "look"], "say `verify`"),
        (["audit", "show", "press"], "`show MODEL PLACE`"),
        (["audit", "verify", "press", "--rows", "3"], "belongs to `audit log`"),
        (["audit", "verify", "--head", "1:" + "ab" * 32], "belongs to `audit verify MODEL`"),
        (["audit", "verify", "press", "--head", "7"], "is no head"),
    ],
)
def test_a_command_line_that_cannot_be_meant_is_said(place: Place, words: list[str], says: str) -> None:
    code, _, err = place.run(*words)
    assert (code, says in err) == (2, True)


def test_an_unknown_model_is_said(place: Place) -> None:
    code, _, err = place.run("audit", "verify", "nope")
    assert (code, "there are press" in err) == (1, True)
