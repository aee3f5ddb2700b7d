"""The truth of each row, or why a column cannot be it."""

from __future__ import annotations

from pathlib import Path

import pytest

from infra.domain.errors import DataError, SpecError
from tests.unit.infra.history.reading import ROWS, csv_text, read


@pytest.mark.parametrize(
    ("values", "classes"),
    [
        (["UP", "DOWN"] * 30, ("DOWN", "UP")),
        (["1", "0"] * 30, ("0", "1")),
        (["1.0", "0.0"] * 30, ("0", "1")),
        (["10", "9", "2"] * 20, ("2", "9", "10")),
        (["01", "00"] * 30, ("00", "01")),
        (["True", "False"] * 30, ("false", "true")),
        (["None", "NO"] * 30, ("NO", "None")),
    ],
)
def test_classes_are_named_as_everywhere_else(tmp_path: Path, values: list[object], classes: tuple[str, ...]) -> None:
    history = read(tmp_path, csv_text(y=values))
    assert history.classes == classes
    assert set(history.target) == set(classes)


def test_rows_without_a_target_are_dropped_and_noted(tmp_path: Path) -> None:
    history = read(tmp_path, csv_text(y=["a", "b", "", "a", "b", "b"] * 10))
    assert len(history.target) == len(history.frame) == len(history.times) == 50
    assert "10 rows without a value of `y` were dropped" in history.notes
    assert list(history.frame.index) == list(range(50))


def test_a_regression_target_is_numbers_and_infinite_ones_are_dropped(tmp_path: Path) -> None:
    history = read(tmp_path, csv_text(y=["inf", *range(ROWS - 1)]), task="regression")
    assert history.classes is None
    assert history.target[:2] == [0.0, 1.0]
    assert any("infinite in 1 rows (line 2: 'inf')" in note for note in history.notes)


@pytest.mark.parametrize(
    ("values", "task", "words"),
    [
        (["a"] * ROWS, "classification", "holds only the class `a`"),
        ([""] * ROWS, "classification", "holds no values at all"),
        (["a", "5"] * 30, "regression", r"holds no number in 30 of 60 rows \(line 2: 'a'"),
        (["5"] * ROWS, "regression", "always 5: name another column"),
        (["a", "b", *[""] * 58], "classification", "2 usable rows, and 50 are the least"),
    ],
)
def test_a_target_that_cannot_be_learnt_is_refused(tmp_path: Path, values: list[object], task: str, words: str) -> None:
    with pytest.raises(DataError, match=words):
        read(tmp_path, csv_text(y=values), task=task)


def test_many_numbers_as_classes_suggest_regression(tmp_path: Path) -> None:
    text = "x,y\n" + "".join(f"{row % 9 / 2},{row * 1.5}\n" for row in range(150))
    with pytest.raises(DataError, match=r"150 different values.*set `task: regression`"):
        read(tmp_path, text, time=None)


def test_a_positive_class_that_is_not_there_lists_the_classes(tmp_path: Path) -> None:
    with pytest.raises(SpecError, match=r"`up` is not one of the classes `DOWN`, `UP`; did you mean `UP`\?"):
        read(tmp_path, csv_text(y=["UP", "DOWN"] * 30), more="positive: up")


def test_a_positive_class_given_as_a_number_is_found(tmp_path: Path) -> None:
    assert read(tmp_path, csv_text(y=["1.0", "0.0"] * 30), more="positive: 1").classes == ("0", "1")
