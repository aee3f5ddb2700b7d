from __future__ import annotations

import json

from tests.unit.services.cli.commands.conftest import Place, history_csv


def test_the_first_champion_serves_and_its_price_is_said(place: Place) -> None:
    champion = place.ports.versions.champion("press")
    assert champion is not None
    assert champion.version == 1
    assert place.ports.models.get("press").spec_folder != ""
    assert place.ports.costs.total("press") > 0


def test_a_model_with_a_champion_is_refused_unless_asked_again(place: Place) -> None:
    code, out, err = place.run("train", place.model_file)
    assert (code, out) == (3, "")
    assert "keepsharp retrain press" in err
    found = place.json("train", place.model_file, "--again")
    assert (found["version"], found["decision"]) == (2, "promote")
    decision = place.ports.decisions.page("press", 1)[0]
    assert (decision.version, decision.previous_version) == (2, 1)
    assert place.json("rollback", "press")["version"] == 1


def test_a_person_reads_the_decision_the_simple_model_and_the_cost(empty: Place) -> None:
    code, out, err = empty.run("train", empty.model_file)
    assert code == 0, err
    assert out.startswith("press version 1: promoted, it serves now\n")
    for words in ("simple model", "start scratch", "epochs", "EUR, paid by press-shop", "next: `keepsharp up`"):
        assert words in out
    assert "reading history.csv" in err
    assert "\x1b" not in err, "no bar where nobody watches"


def test_a_history_that_cannot_be_read_makes_nothing(empty: Place) -> None:
    (empty.folder / "history.csv").write_text("\n".join(history_csv().splitlines()[:20]))
    code, out, err = empty.run("train", empty.model_file, "--json")
    assert code == 1
    assert json.loads(out)["error"]["kind"] == "DataError"
    assert "usable rows" in err
    assert not empty.home.exists()


def test_another_file_is_read_in_place_of_the_source(empty: Place) -> None:
    (empty.folder / "history.csv").rename(empty.folder / "other.csv")
    assert empty.run("train", empty.model_file)[0] == 2
    assert empty.json("train", empty.model_file, "--data", empty.folder / "other.csv")["version"] == 1
