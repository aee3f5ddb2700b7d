from __future__ import annotations

from infra.domain.shadows import ShadowAnswer
from tests.unit.services.cli.commands.conftest import Place


def test_an_answer_is_explained_from_its_label_back_to_who_let_the_version_serve(place: Place) -> None:
    truths = place.serve(3)
    place.label(truths)
    place.ports.shadows.add(
        [ShadowAnswer(model="press", prediction_id="p1", role="simple", version=0, value="0", confidence=0.6)]
    )
    code, out, err = place.run("explain", "p1")
    assert code == 0, err
    champion = place.ports.versions.champion("press")
    assert champion is not None
    for said in (
        "by version 1, as champion",
        "simple version 0 would have said 0",
        f"the truth is {truths[1][1]}, says ",
        f"bundle {champion.sha256}",
        "start scratch, 300 rows",
        "promote version 1 by keepsharp",
        "link 2 (",
    ):
        assert said in out
    found = place.json("explain", "p1", "--model", "press")
    assert found["run"]["snapshot"]
    assert found["decision"]["hash"]
    assert (found["used_in"], found["held_back"]) == ([], False)


def test_a_row_that_was_learnt_from_says_by_which_run(place: Place) -> None:
    place.label(place.serve(200))
    assert place.run("retrain", "press", "--now", "2024-03-01T00:00:00Z")[0] == 0
    parts = {place.json("explain", f"p{row}")["used_in"][0]["part"] for row in (0, 199)}
    assert parts == {"train", "holdout"}
    assert "(version 2) learnt from it" in place.run("explain", "p0")[1]


def test_an_unknown_id_says_where_to_look(place: Place) -> None:
    code, _, err = place.run("explain", "nothing")
    assert (code, "no model has a prediction 'nothing' (there are press)" in err) == (1, True)
    code, _, err = place.run("explain", "p1", "--model", "ghost")
    assert (code, "there are press" in err) == (1, True)
