from __future__ import annotations

from tests.unit.services.cli.commands.conftest import Place


def test_readiness_is_scored_by_what_is_found_here(place: Place) -> None:
    place.serve(3)
    before = place.json("readiness", "press")
    assert len(before["items"]) == 28
    assert before["score"] == min(before["sections"].values())
    items = {one["test"]: one for one in before["items"]}
    assert items["model quality is validated before serving"]["points"] == 1
    assert items["the model is debuggable"]["points"] == 1
    assert items["training is reproducible"]["points"] == 0
    command = items["training is reproducible"]["look"].split()
    assert place.run(*command[1:])[0] == 0
    after = {one["test"]: one for one in place.json("readiness", "press")["items"]}
    assert after["training is reproducible"]["points"] == 1
    code, out, _ = place.run("readiness", "press")
    assert code == 0
    assert "✓ training is reproducible: run" in out


def test_an_unknown_model_is_said(place: Place) -> None:
    code, _, err = place.run("readiness", "ghost")
    assert (code, "there are press" in err) == (1, True)
