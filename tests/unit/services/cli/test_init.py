"""`keepsharp init`: a model file that is right from the start, and never written over another."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from infra.spec import parse_spec, read_spec
from infra.spec.defaults import defaults_in_force
from infra.spec.json_schema import model_file_schema
from services.cli.draft import empty_draft, scalar
from services.cli.main import run
from tests.unit.infra.history.reading import ISO_DAYS, csv_text

_COMMENTED = re.compile(r"^(\s*)# (\s*[a-z_]+:.*)$", re.MULTILINE)


def test_writes_a_model_file_that_is_accepted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["init", str(tmp_path / "Press 7"), "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert read_spec(Path(said["path"])).model == "press-7"
    assert [one.split("`")[1] for one in said["questions"]] == ["data.source: history.csv", "data.target: label"]


def test_an_editor_finds_the_schema_beside_the_model_file(tmp_path: Path) -> None:
    assert run(["init", str(tmp_path)]) == 0
    first = (tmp_path / "model.yaml").read_text(encoding="utf-8").splitlines()[0]
    assert first == "# yaml-language-server: $schema=model.schema.json"
    assert json.loads((tmp_path / "model.schema.json").read_text(encoding="utf-8")) == model_file_schema()


def test_data_that_lies_here_too_is_named_from_the_model_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("parts.csv").write_text("width,broken\n" + "".join(f"{row / 7},{row % 2}\n" for row in range(60)))
    assert run(["init", "press", "--data", "parts.csv", "--target", "broken"]) == 0
    assert read_spec(Path("press/model.yaml")).data.source == "../parts.csv"
    assert run(["check", "press/model.yaml"]) == 0


def test_what_is_commented_out_is_the_default() -> None:
    text = empty_draft("press", None)
    commented = text[text.index("learner:") : text.index("# budget:")]
    shown = text[: text.index("learner:")] + _COMMENTED.sub(r"\1\2", commented)
    spoken, silent = parse_spec(shown, "shown"), parse_spec(text, "written")
    different = {
        "retraining.schedule",
        "labels.cost_each",
        "labels.golden",
        "costs.wrong_decision",
        "costs.energy_kwh",
        "costs.storage_gb_month",
        "costs.staff_minutes.review",
        "costs.staff_minutes.approval",
        "costs.staff_minutes.label",
        "costs.rates",
    }  # shown as examples: their default is none
    for place, value in defaults_in_force(silent).items():
        if place not in different:
            assert dict(_values(spoken))[place] == value, place


def _values(spec: object) -> list[tuple[str, object]]:
    from infra.spec import ModelSpec

    assert isinstance(spec, ModelSpec)
    found: list[tuple[str, object]] = []
    for name, value in spec.model_dump(mode="json").items():
        found += (
            [(f"{name}.{key}", inner) for key, inner in value.items()] if isinstance(value, dict) else [(name, value)]
        )
    derived = {
        "learner.network": spec.network,
        "alerts.owner": spec.alerts.owner or spec.owner,
        "baseline": spec.baseline_in_force,
        "labels.expected_delay": str(spec.label_delay),
        "promotion.probation": f"2 × {spec.monitoring.window}",
    }
    return [(place, derived.get(place, value)) for place, value in found]


def test_every_commented_key_is_known() -> None:
    text = empty_draft("press", None).replace("  # time_format", "  # time_zone: UTC\n  # time_format")
    spoken = _COMMENTED.sub(r"\1\2", text).replace("  images: X", "")
    spec = parse_spec(spoken.replace("task: classification", "task: classification"), "spoken")
    assert spec.budget is not None
    assert spec.budget.monthly == 50
    assert spec.data.ignore == ["comment"]


def test_a_model_file_that_is_there_is_left_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "model.yaml").write_text("mine")
    assert run(["init", str(tmp_path)]) == 2
    assert "is there already" in capsys.readouterr().err
    assert (tmp_path / "model.yaml").read_text() == "mine"


def test_fills_in_what_the_data_shows_and_check_accepts_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KEEPSHARP_HOME", str(tmp_path / "home"))
    data = tmp_path / "history.csv"
    data.write_text(csv_text().replace("t,x,y", "when,size: mm,label"))
    assert run(["init", str(tmp_path), "--data", str(data)]) == 0
    spec = read_spec(tmp_path / "model.yaml")
    assert (spec.task, spec.data.source, spec.data.time, spec.data.target) == (
        "classification",
        "history.csv",
        "when",
        "label",
    )
    assert spec.data.positive == "a"  # the rarer of the two
    assert spec.data.features == {"size: mm": "numeric"}
    assert run(["check", str(tmp_path / "model.yaml")]) == 0
    assert "1 numeric: size: mm" in capsys.readouterr().out


def test_numbers_make_a_regression_and_the_last_column_is_asked_about(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = tmp_path / "history.csv"
    data.write_text(
        "day,kind,usage\n" + "".join(f"{day},{'ab'[row % 2]},{row / 3}\n" for row, day in enumerate(ISO_DAYS))
    )
    assert run(["init", str(tmp_path / "new"), "--data", str(data), "--json"]) == 0
    spec = read_spec(tmp_path / "new" / "model.yaml")
    assert (spec.task, spec.data.target, spec.data.time, spec.data.positive) == ("regression", "usage", "day", None)
    assert spec.data.source == str(data.resolve())
    assert "the last one, `usage`, was taken" in json.loads(capsys.readouterr().out)["questions"][0]


def test_a_target_can_be_named(tmp_path: Path) -> None:
    data = tmp_path / "history.csv"
    data.write_text(csv_text())
    assert run(["init", str(tmp_path / "new"), "--data", str(data), "--target", "x"]) == 0
    spec = read_spec(tmp_path / "new" / "model.yaml")
    assert (spec.data.target, spec.task) == ("x", "regression")
    assert spec.data.features == {"y": "categorical"}


def test_ambiguous_dates_are_asked_about(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = tmp_path / "history.csv"
    data.write_text(csv_text(t=["03/04/2024", "01/02/2024"] * 30))
    assert run(["init", str(tmp_path / "new"), "--data", str(data), "--json"]) == 0
    assert read_spec(tmp_path / "new" / "model.yaml").data.time == "t"
    assert "is ambiguous" in json.loads(capsys.readouterr().out)["questions"][0]


def test_pictures_are_found(tmp_path: Path) -> None:
    data = tmp_path / "cells.npz"
    pictures = np.random.default_rng(1).integers(0, 256, (60, 4, 4), dtype=np.uint8)
    np.savez(data, X=pictures, y=np.arange(60) % 2, mono=np.arange(60) % 3)
    assert run(["init", str(tmp_path / "new"), "--data", str(data)]) == 0
    spec = read_spec(tmp_path / "new" / "model.yaml")
    assert (spec.data.images, spec.data.target, spec.data.ignore) == ("X", "y", ["mono"])
    assert spec.network == "cnn"


def test_missing_data_exits_2(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["init", str(tmp_path / "new"), "--data", str(tmp_path / "absent.csv")]) == 2
    assert not (tmp_path / "new").exists()
    assert "there is no such file" in capsys.readouterr().err


@settings(max_examples=50, deadline=None)
@given(st.text(st.characters(blacklist_categories=["Cs", "Cc"], blacklist_characters="\u2028\u2029\ufeff"), min_size=1))
def test_any_column_name_reads_back_as_itself(name: str) -> None:
    text = f"model: m\ntask: regression\ndata:\n  source: a.csv\n  target: {scalar(name)}\n"
    assert parse_spec(text, "m").data.target == name
