from __future__ import annotations

import getpass

import pytest

from tests.unit.services.cli.commands.conftest import Place


def test_a_person_promotes_and_goes_back(place: Place) -> None:
    place.label(place.serve(200))
    assert place.json("retrain", "press", "--now", "2024-03-01T00:00:00Z")["decision"] == "reject"
    code, out, err = place.run("promote", "press", 2, "--reason", "checked by hand")
    assert (code, out) == (3, "")
    assert "The candidate is not shown to be better" in err
    assert "--force" in err
    code, out, _ = place.run("promote", "press", 2, "--force", "--reason", "checked by hand")
    assert code == 0
    assert "version 2 serves from now on, after version 1. Forced, though" in out
    assert f"{getpass.getuser()}: checked by hand" in out
    champion = place.ports.versions.champion("press")
    assert champion is not None
    assert champion.version == 2
    assert champion.probation_until_seq is not None
    assert [one.rule for one in place.ports.alerts.unresolved("press")] == ["promotion_forced"]
    found = place.json("rollback", "press", "--reason", "it was not")
    assert (found["kind"], found["version"], found["actor"]) == ("rollback", 1, getpass.getuser())
    assert [one.kind for one in place.ports.decisions.page("press", 2)] == ["rollback", "promote"]


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["promote", "press", "1", "--reason", "x"], 3, "serves already"),
        (["promote", "press", "7", "--reason", "x"], 1, "no version 7"),
        (["promote", "press", "1"], 2, "--reason"),
        (["promote", "press", "1", "--reason", " "], 2, "say why"),
        (["promote", "press", "0", "--reason", "x"], 2, "VERSION"),
        (["promote", "lathe", "1", "--reason", "x"], 1, "there are press"),
        (["reject", "press", "1", "--reason", "x"], 3, "version 1 of press serves"),
        (["reject", "press", "1", "--reason", " "], 2, "say why"),
        (["rollback", "press"], 3, "no earlier version"),
        (["rollback", "lathe"], 1, "there are press"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
def test_what_cannot_be_is_said(place: Place, words: list[str], code: int, said: str) -> None:
    found, out, err = place.run(*words)
    assert (found, out) == (code, "")
    assert said in err
