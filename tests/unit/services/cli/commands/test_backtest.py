"""`keepsharp backtest`: a table, one JSON object, a picture; wrong arguments end with 2 and say what is accepted."""

from __future__ import annotations

import pytest

from services.accounts.backtests import kept_backtest
from tests.unit.services.cli.commands.conftest import MODEL_FILE, Place, history_csv

PRICED = MODEL_FILE.replace("{cpu_hour: 36, currency: EUR}", "{cpu_hour: 36, currency: EUR, wrong_decision: 2.0}")


@pytest.fixture
def history(empty: Place) -> Place:
    """600 rows: 120 to train on, then windows of 100."""
    (empty.folder / "history.csv").write_text(history_csv(600))
    empty.model_file.write_text(PRICED)
    return empty


def test_one_json_object_says_how_every_policy_fared(history: Place) -> None:
    found = history.json("backtest", history.model_file, "--policy", "never", "--policy", "cost_aware")
    assert [line["policy"] for line in found["lines"]] == ["never", "cost_aware", "degradation"]
    assert (found["in_force"], found["rows"], found["windows"]) == ("degradation", 480, 5)
    assert found["currency"] == "EUR"
    assert found["recommended"] in found["recommendation"]
    assert all(line["total"] >= found["oracle"]["total"] - 1e-9 for line in found["lines"] if line["policy"] == "never")
    assert not (history.folder / "home" / "keepsharp.db").exists()


def test_a_backtest_that_is_kept_is_found_by_the_page_of_costs(history: Place) -> None:
    found = history.json("backtest", history.model_file, "--policy", "never", "--keep")
    kept = kept_backtest(history.folder / "home" / "artifacts", found["model"])
    assert kept is not None
    assert [line.policy for line in kept.found.lines] == [line["policy"] for line in found["lines"]]
    assert kept.found.recommendation == found["recommendation"]


def test_with_the_gate_a_candidate_serves_only_once_it_was_better(history: Place) -> None:
    lines = [
        {line["policy"]: line for line in history.json("backtest", history.model_file, *words)["lines"]}
        for words in (("--policy", "warm every window"), ("--policy", "warm every window", "--gate"))
    ]
    at_once, judged = (found["warm every window"] for found in lines)
    assert at_once["trainings"] == judged["trainings"] > 0
    assert judged["score"] != at_once["score"]


def test_a_person_gets_a_table_a_sentence_and_a_picture(history: Place) -> None:
    page = history.folder / "out.html"
    code, out, err = history.run("backtest", history.model_file, "--policy", "never", "--plot", page)
    assert code == 0, err
    assert "over oracle" in out
    assert out.rstrip().splitlines()[-1].startswith(("Keep `", "Use `"))
    assert "<svg" in page.read_text()
    assert "degradation" in page.read_text()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--policy", "often"), "`cost_aware`"),
        (("--plot", "out.png"), "ends neither in .svg nor in .html"),
        (("--plot", "nowhere/out.svg"), "is no folder"),
        (("--workers", "0"), "--workers"),
    ],
)
def test_wrong_arguments_end_with_2_before_anything_is_trained(
    history: Place, words: tuple[str, ...], said: str
) -> None:
    code, out, err = history.run("backtest", history.model_file, *words)
    assert (code, out) == (2, "")
    assert said in err


def test_a_history_that_is_too_short_fails_and_says_what_is_needed(history: Place) -> None:
    (history.folder / "history.csv").write_text(history_csv(200))
    code, _, err = history.run("backtest", history.model_file)
    assert code == 1
    assert "Give more rows" in err
