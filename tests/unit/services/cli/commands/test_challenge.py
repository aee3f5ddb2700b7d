from __future__ import annotations

import getpass

import pytest

from infra.crowning import appointed
from tests.unit.services.cli.commands.conftest import Place


def test_a_person_appoints_a_challenger_and_dismisses_it(place: Place) -> None:
    place.label(place.serve(200))
    place.json("retrain", "press", "--now", "2024-03-01T00:00:00Z")
    code, out, _ = place.run("challenge", "press", 2, "--reason", "try it")
    assert code == 0
    assert f"press: version 2 answers beside version 1. {getpass.getuser()}: try it" in out
    challenger = appointed(place.ports, "press", "challenger")
    assert challenger is not None
    assert challenger.version == 2
    found = place.json("challenge", "press", "--none")
    assert (found["kind"], found["version"], found["actor"]) == ("dismiss", 2, getpass.getuser())
    assert appointed(place.ports, "press", "challenger") is None
    assert [one.kind for one in place.ports.decisions.page("press", 2)] == ["dismiss", "challenge"]


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["challenge", "press"], 2, "give one of the two"),
        (["challenge", "press", "2", "--none"], 2, "give one of the two"),
        (["challenge", "press", "1"], 3, "serves: name another"),
        (["challenge", "press", "7"], 1, "no version 7"),
        (["challenge", "press", "7", "--reason", " "], 2, "say why"),
        (["challenge", "press", "--none"], 3, "nobody to dismiss"),
        (["challenge", "lathe", "1"], 1, "there are press"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
def test_what_cannot_be_is_said(place: Place, words: list[str], code: int, said: str) -> None:
    found, out, err = place.run(*words)
    assert (found, out) == (code, "")
    assert said in err


def test_a_trained_model_has_its_simple_model_beside_it(place: Place) -> None:
    simple = appointed(place.ports, "press", "simple")
    assert simple is not None
    assert (simple.version, len(simple.sha256)) == (0, 64)
