from __future__ import annotations

from infra.spec import parse_spec
from tests.unit.services.cli.commands.conftest import Place


def rewrite(place: Place, old: str, new: str) -> None:
    text = place.model_file.read_text(encoding="utf-8")
    assert old in text
    place.model_file.write_text(text.replace(old, new), encoding="utf-8")


def test_a_changed_file_comes_into_force_without_a_training(place: Place) -> None:
    rewrite(place, "costs:", "serving: {logging: relaxed, abstain_below: 0.6}\ncosts:")
    assert place.json("apply", place.model_file) == {"model": "press", "changed": ["serving"]}
    known = place.ports.models.get("press")
    assert parse_spec(known.spec_yaml, "kept").serving.logging == "relaxed"
    champion = place.ports.versions.champion("press")
    assert champion is not None
    assert champion.version == 1
    code, out, _ = place.run("apply", place.model_file)
    assert (code, out) == (0, "press: in force; changed: nothing\n")


def test_what_the_champion_was_trained_with_stays(place: Place) -> None:
    before = place.ports.models.get("press")
    rewrite(place, "hidden: [8]", "hidden: [9]")
    code, _, err = place.run("apply", place.model_file)
    assert code == 3
    assert "`learner` of press changed" in err
    assert "--again" in err
    assert place.ports.models.get("press") == before


def test_a_model_that_is_not_registered_is_named(place: Place) -> None:
    rewrite(place, "model: press", "model: other")
    code, _, err = place.run("apply", place.model_file)
    assert code == 1
    assert "other" in err
