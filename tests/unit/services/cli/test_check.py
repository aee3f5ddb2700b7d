"""`keepsharp check`: all mistakes at once, or what was inferred and assumed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from services.cli.main import run
from tests.unit.infra.history.reading import csv_text

MODEL = "model: press\ntask: classification\ndata:\n  source: history.csv\n  time: t\n  target: y\n  positive: a\n"


@pytest.fixture
def model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("KEEPSHARP_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("KEEPSHARP_DATA_DIR", str(tmp_path / "data"))
    (tmp_path / "history.csv").write_text(csv_text())
    path = tmp_path / "model.yaml"
    path.write_text(MODEL)
    return path


def test_says_what_was_inferred_and_every_default(model: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["check", str(model), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["model"], found["rows"], found["columns"]) == ("press", 60, {"x": "numeric"})
    assert (found["first"], found["last"]) == ("2024-01-01T00:00:00+00:00", "2024-02-29T00:00:00+00:00")
    assert found["classes"] == [
        {"name": "a", "rows": 20, "share": pytest.approx(1 / 3)},
        {"name": "b", "rows": 40, "share": pytest.approx(2 / 3)},
    ]
    assert found["defaults"]["labels.expected_delay"] == "500 rows"
    assert found["defaults"]["baseline"] == "logistic_regression"
    assert found["defaults"]["budget"] is None
    assert "data.target" not in found["defaults"]


def test_tells_a_person_the_same(model: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["check", str(model)]) == 0
    text = capsys.readouterr().out
    for words in (
        "60 from",
        "a: 20 rows, 33.33%, positive",
        "1 numeric: x",
        "monitoring.window",
        "500 rows",
        "not set:",
    ):
        assert words in text


def test_the_rules_of_alerts_are_shown_as_they_are_in_force(model: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rules = "alerts:\n  notify: [pager]\n  rules:\n    input_drift: {open_after: 3}\n    no_traffic: {enabled: false}\n"
    model.write_text(MODEL + rules)
    assert run(["check", str(model), "--json"]) == 0
    said = capsys.readouterr()
    found = json.loads(said.out)
    drift = found["rules"]["input_drift"]
    assert (drift["severity"], drift["open_after"], drift["keep_firing_for"]) == ("warning", 3, 2)
    assert not any(place.startswith("alerts.rules") for place in found["defaults"])
    assert "names pager, to which KEEPSHARP_TARGETS gives no address" in said.err
    assert run(["check", str(model)]) == 0
    lines = {line.split()[0]: line for line in capsys.readouterr().out.splitlines() if line.startswith("  ")}
    assert "opens after 3, resolves after 2 quiet" in lines["input_drift"]
    assert lines["no_traffic"].split()[1] == "off"


def test_a_regression_shows_the_range_of_its_numbers(model: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (model.parent / "history.csv").write_text(csv_text(y=range(60)))
    model.write_text(MODEL.replace("classification", "regression").replace("  positive: a\n", ""))
    assert run(["check", str(model), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["classes"] is None
    assert found["range"] == {"least": 0.0, "median": 29.5, "mean": 29.5, "greatest": 59.0}


def test_all_mistakes_come_at_once_and_exit_2(model: Path, capsys: pytest.CaptureFixture[str]) -> None:
    model.write_text(MODEL + "labels: {delay: 1h}\npromotion: {confidence: 7}\n")
    assert run(["check", str(model), "--json"]) == 2
    said = capsys.readouterr()
    places = [(one["line"], one["where"]) for one in json.loads(said.out)["error"]["mistakes"]]
    assert places == [(8, "labels.delay"), (9, "promotion.confidence")]


def test_data_that_cannot_be_used_exits_1(model: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (model.parent / "history.csv").write_text(csv_text(y=["a"] * 60))
    assert run(["check", str(model)]) == 1
    assert "only the class `a`" in capsys.readouterr().err


def test_another_file_can_be_given(model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    other = tmp_path / "other.csv"
    other.write_text(csv_text(y=["a", "c"] * 30))
    assert run(["check", str(model), "--data", str(other), "--json"]) == 0
    assert [one["name"] for one in json.loads(capsys.readouterr().out)["classes"]] == ["a", "c"]


def test_a_setting_that_cannot_be_used_is_named(
    model: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("KEEPSHARP_MAX_ROWS", "many")
    assert run(["check", str(model)]) == 2
    assert "KEEPSHARP_MAX_ROWS" in capsys.readouterr().err


def test_an_address_where_the_name_of_a_target_belongs(model: Path, capsys: pytest.CaptureFixture[str]) -> None:
    model.write_text(MODEL + "alerts: {notify: [https://example.com/hook]}\n")
    assert run(["check", str(model)]) == 2
    assert "must be a name to which KEEPSHARP_TARGETS gives an address" in capsys.readouterr().err


def test_what_the_file_names_and_is_not_there_comes_at_once_before_the_data_is_read(
    model: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("KEEPSHARP_ALLOWED_MODULES", '["absent_rules", "json"]')
    (model.parent / "history.csv").unlink()
    own = "retraining: {policy: 'absent_rules:eager'}\nlabels: {golden: gone.csv}\nbaseline: 'json:nothing'\n"
    own += "learner: {start: nowhere/}\n"
    model.write_text(MODEL + own)
    assert run(["check", str(model), "--json"]) == 2
    said = capsys.readouterr()
    found = json.loads(said.out)["error"]["mistakes"]
    assert [(one["line"], one["where"]) for one in found] == [
        (8, "retraining.policy"),
        (9, "labels.golden"),
        (10, "baseline"),
        (11, "learner.start"),
    ]
    assert "cannot be imported (No module named 'absent_rules')" in found[0]["problem"]
    assert "gone.csv is not there" in found[1]["problem"]
    assert "there is no nowhere there: give a folder with config.json" in found[3]["problem"]
    assert "is in order" not in said.err


def test_a_module_that_may_not_run_here_is_said(model: Path, capsys: pytest.CaptureFixture[str]) -> None:
    model.write_text(MODEL + "retraining: {policy: 'house.rules:eager'}\n")
    assert run(["check", str(model)]) == 2
    assert "module 'house.rules' may not run here" in capsys.readouterr().err
    model.write_text(MODEL + "baseline: 'house.rules:eager'\n")
    assert run(["check", str(model)]) == 3
    assert "KEEPSHARP_ALLOWED_MODULES" in capsys.readouterr().err
