from __future__ import annotations

import gzip
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from monitoring.evidently_report import Page, Task, evenly_drawn, write_report

KINDS = {"x": "numeric", "shift": "categorical"}


def _frame(n: int = 120, seed: int = 0, classes: str = "ab", numbers: bool = False) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    answers = {
        name: rng.normal(size=n) if numbers else rng.choice(list(classes), n) for name in ("target", "prediction")
    }
    return pd.DataFrame({"x": rng.normal(size=n), "shift": rng.choice(["day", "night"], n), **answers})


def _metrics(page: Page) -> str:
    return " ".join(metric["metric_name"] for metric in json.loads(page.json.read_text())["metrics"])


def test_a_page_shows_drift_summary_and_quality(tmp_path: Path) -> None:
    page = write_report(_frame(), _frame(seed=1), KINDS, tmp_path / "deep" / "w7", task="classification", positive="b")
    assert page.html == tmp_path / "deep" / "w7.html.gz"
    assert b"<html" in gzip.decompress(page.html.read_bytes())[:2000].lower()
    names = _metrics(page)
    assert "ValueDrift(column=x,method=ks" in names
    assert "Recall" in names
    assert page.note == "Drawn evenly: 120 of 120 reference rows, 120 of 120 rows."
    assert sorted(path.name for path in page.html.parent.iterdir()) == ["w7.html.gz", "w7.json"]


@pytest.mark.parametrize(
    ("task", "reference", "current", "shown", "why"),
    [
        ("regression", _frame(numbers=True), _frame(seed=1, numbers=True), "MAE", "numbers"),
        ("classification", _frame(classes="abc"), _frame(seed=1, classes="a"), "Accuracy", "one class of three"),
        ("classification", _frame(), _frame(seed=1, classes="a"), "1 classes in the window, 2 in the", "one of two"),
        ("classification", _frame(), _frame(seed=1).assign(target=None), "fewer than 10 labels", "no labels yet"),
        ("classification", _frame(), _frame(seed=1).drop(columns="target"), "are not known", "no target column"),
    ],
)
def test_the_quality_part_is_there_or_the_note_says_why(
    tmp_path: Path, task: Task, reference: pd.DataFrame, current: pd.DataFrame, shown: str, why: str
) -> None:
    page = write_report(reference, current, {"x": "numeric"}, tmp_path / "w", task=task)
    assert shown in _metrics(page) + page.note, why


def test_columns_that_evidently_cannot_take_are_left_out_by_name(tmp_path: Path) -> None:
    reference, current = _frame(), _frame(seed=1)
    reference["constant"], current["constant"] = 1.0, 1.0
    reference["empty"], current["empty"] = 1.0, None
    reference["huge"], current["huge"] = reference["x"] * 1e300, np.inf * current["x"]
    current["shift"] = "weekend"
    kinds = KINDS | {"constant": "numeric", "empty": "numeric", "huge": "numeric", "absent": "categorical"}
    page = write_report(reference, current, kinds, tmp_path / "w", order={"constant": 0.9})
    assert "Not shown: empty, huge, absent." in page.note
    assert "column=constant" in _metrics(page)


def test_nothing_to_show_still_leaves_a_page(tmp_path: Path) -> None:
    page = write_report(_frame(), _frame(), {"absent": "numeric"}, tmp_path / "w")
    assert page.html.exists()
    assert "Not shown: absent." in page.note


def test_a_sample_is_evenly_spaced_and_keeps_both_ends() -> None:
    drawn = evenly_drawn(pd.DataFrame({"row": np.arange(10_001)}), 101)
    assert drawn["row"].tolist() == list(range(0, 10_001, 100))
    assert list(drawn.index) == list(range(101))
