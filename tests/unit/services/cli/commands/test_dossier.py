from __future__ import annotations

import pytest

from tests.unit.services.cli.commands.conftest import Place


def test_a_person_reads_the_verdict_and_the_five_answers(place: Place) -> None:
    code, out, _ = place.run("dossier", "press")
    assert code == 0
    for words in (
        "press: Version 1 was promoted: it serves.",
        "✓ No champion was compared with it.",
        "1. Trained or fine-tuned?\n  Trained from scratch on",
        "2. What with half of the labels?",
        "3. What exactly gets corrected?",
        "4. How often, and who pays?\n  This run cost",
        "5. What improves over a simpler model?\n  The",
        "Cost per decision improved\n  Of ",
    ):
        assert words in out


def test_machines_get_the_record_of_a_version(place: Place) -> None:
    found = place.json("dossier", "press", "1")
    assert (found["schema"], found["version"]) == ("keepsharp.dossier/1", 1)
    assert found["provenance"]["started"] == "scratch"
    assert found["learning_curve"]["points"][-1]["share"] == 1.0
    schema = place.json("dossier", "press", "--schema")
    assert set(schema["$defs"]["Dossier"]["required"]) <= set(found)


def test_the_page_is_written_as_it_was_printed_then(place: Place) -> None:
    path = place.folder / "pages" / "press-1.html"
    code, _, err = place.run("dossier", "press", "--html", path)
    assert (code, err) == (0, f"wrote {path}\n")
    assert path.read_text().startswith("<!doctype html>")
    assert place.run("dossier", "press", "--html", place.folder)[0] == 1


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("nobody",), 1, "nobody"),
        (("press", "7"), 1, "version 7"),
        (("press", "zero"), 2, "whole number"),
        (("press", "0"), 2, "it has to be at least 1"),
    ],
)
def test_what_is_not_there_is_said(place: Place, words: tuple[str, ...], code: int, said: str) -> None:
    found, _, err = place.run("dossier", *words)
    assert found == code
    assert said in err


def test_a_dossier_that_was_never_kept_is_said(place: Place) -> None:
    for kept in (place.ports.artifacts / "dossiers" / "press").iterdir():
        kept.unlink()
    code, _, err = place.run("dossier", "press")
    assert code == 1
    assert "no dossier of run" in err
