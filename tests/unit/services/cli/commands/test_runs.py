from __future__ import annotations

import pytest

from tests.unit.services.cli.commands.conftest import Place


def test_runs_are_listed_shown_and_made_again(place: Place) -> None:
    (run,) = place.json("runs", "press")["runs"]
    assert place.json("runs", "press", run["id"][:8])["snapshot"] == run["snapshot"]
    found = place.json("runs", "press", run["id"], "--reproduce")
    assert place.json("runs", "press", "latest")["id"] == run["id"]
    assert (found["same"], found["weights"]) == (True, found["weights_again"])


def test_a_run_lists_exactly_the_labels_it_used(place: Place) -> None:
    place.label(place.serve(200))
    assert place.run("retrain", "press", "--now", "2024-03-01T00:00:00Z")[0] == 0
    newest = place.json("runs", "press")["runs"][0]
    rows = place.json("runs", "press", newest["id"], "--labels")["rows"]
    ours = [row for row in rows if row["seq"] > 0]
    assert len(ours) == 200
    assert ours[0]["label_time"] == "2024-02-01T01:00:00+00:00"
    assert {row["part"] for row in ours} == {"train", "validation", "holdout"}
    _, out, _ = place.run("runs", "press", newest["id"], "--labels")
    assert out.splitlines()[0] == "id,seq,part,target,time,label_time,label_source"


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (["press", "--labels"], 2, "needs a run"),
        (["press", "zz"], 1, "`keepsharp runs press` lists them"),
        (["ghost"], 1, "there are press"),
    ],
)
def test_what_cannot_be_shown_is_said(place: Place, words: list[str], code: int, says: str) -> None:
    ended, _, err = place.run("runs", *words)
    assert (ended, says in err) == (code, True)
