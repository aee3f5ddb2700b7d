"""Columns become what they show, or what the model file says; what cannot help is left out with a note."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from infra.domain.errors import DataError, SpecError
from infra.model.schema import FeatureSchema
from tests.unit.infra.history.reading import ROWS, csv_text, read


@pytest.mark.parametrize(
    ("values", "kind", "first"),
    [
        ([f"{row}.5" for row in range(ROWS)], "numeric", 0.5),
        ([row * 3 for row in range(ROWS)], "numeric", 0.0),
        (["0", "1"] * 30, "numeric", 0.0),
        (["3", "4", "5"] * 20, "categorical", "3"),
        (["007", "010"] * 30, "categorical", "007"),
        (["red", "green"] * 30, "categorical", "red"),
        (["TRUE", "false"] * 30, "boolean", True),
        ([f'"{row},000.5"' for row in range(1, ROWS + 1)], "numeric", 1000.5),
        ([f'"{row},5"' for row in range(ROWS)], "numeric", 0.5),
    ],
)
def test_kinds_follow_the_whole_column(tmp_path: Path, values: list[object], kind: str, first: object) -> None:
    history = read(tmp_path, csv_text(x=values))
    assert history.kinds == {"x": kind}
    assert history.frame["x"].iloc[0] == first


@pytest.mark.parametrize(
    ("values", "why"),
    [
        ([""] * ROWS, "it has no values"),
        (["3"] * ROWS, "it is always `3`"),
        (range(ROWS), "it counts the rows"),
        ([f"note {row}" for row in range(ROWS)], "60 different texts in 60 rows look like ids or free text"),
        (["2024-01-01", "2024-01-02"] * 30, "it holds dates"),
    ],
)
def test_what_cannot_help_is_left_out_with_a_note(tmp_path: Path, values: list[object], why: str) -> None:
    text = csv_text(x=values).replace("t,x,y", "t,useless,y")
    lines = text.splitlines()
    widened = [f"{line},{'good' if place == 0 else place % 7 / 3}" for place, line in enumerate(lines)]
    history = read(tmp_path, "\n".join(widened) + "\n")
    assert list(history.kinds) == ["good"]
    assert any(note.startswith("`useless` was left out") and why in note for note in history.notes)


def test_a_whole_number_named_as_an_id_is_left_out(tmp_path: Path) -> None:
    ids = [7 * row % 61 for row in range(ROWS)]
    text = csv_text(x=ids).replace("t,x,y", "t,customer_id,y")
    with pytest.raises(DataError, match="named as an id"):
        read(tmp_path, text)


def test_missing_and_infinite_numbers_are_missing(tmp_path: Path) -> None:
    history = read(tmp_path, csv_text(x=["inf", "", "NaN", "?", *(row / 7 for row in range(ROWS - 4))]))
    assert all(math.isnan(value) for value in history.frame["x"][:4])
    assert history.frame["x"][5] == pytest.approx(1 / 7)
    assert "`x` holds 1 infinite values, read as missing" in history.notes


def test_a_few_odd_values_in_a_column_of_numbers_are_missing_and_named(tmp_path: Path) -> None:
    rows = 200
    values = ["broken", *(row / 7 for row in range(rows - 1))]
    text = "x,y\n" + "".join(f"{value},{row % 2}\n" for row, value in enumerate(values))
    history = read(tmp_path, text, time=None)
    assert history.kinds == {"x": "numeric"}
    assert any("1 values that are no numbers, read as missing (line 2: 'broken')" in note for note in history.notes)


def test_a_missing_category_is_none(tmp_path: Path) -> None:
    history = read(tmp_path, csv_text(x=["red", "", "green"] * 20))
    assert list(history.frame["x"][:3]) == ["red", None, "green"]


def test_values_come_out_plain_and_the_schema_takes_them(tmp_path: Path) -> None:
    text = "n,c,b,s,y\n" + "".join(
        f"{row / 3},{row % 4},{row % 2 == 0},shift {row % 3},{row % 2}\n" for row in range(80)
    )
    history = read(tmp_path, text, time=None, more="ignore: [s]\nslices: [s]")
    row = history.frame.iloc[5].to_dict()
    assert row == {"n": 5 / 3, "c": "1", "b": False, "s": "shift 2"}
    assert {name: type(value) for name, value in row.items()} == {"n": float, "c": str, "b": bool, "s": str}
    parsed = FeatureSchema.learn(history.frame, history.kinds).parse([row])
    assert not parsed.errors


def test_a_slice_that_is_no_feature_is_carried(tmp_path: Path) -> None:
    text = csv_text().replace("t,x,y", "t,x,y").splitlines()
    widened = [f"{line},{'shift' if place == 0 else 'ab'[place % 2]}" for place, line in enumerate(text)]
    history = read(tmp_path, "\n".join(widened), more="features: {x: numeric}\nslices: [shift]")
    assert history.kinds == {"x": "numeric", "shift": "carried"}
    assert history.frame["shift"][0] == "b"


def test_declared_kinds_win_over_inferred_ones(tmp_path: Path) -> None:
    assert read(tmp_path, csv_text(x=["0", "1"] * 30), more="features: {x: boolean}").frame["x"][1] is True
    assert read(tmp_path, csv_text(x=["0", "1"] * 30), more="features: {x: categorical}").frame["x"][1] == "1"


@pytest.mark.parametrize(
    ("values", "kind"), [(["1", "two"] * 30, "numeric"), (["yes", "perhaps"] * 30, "boolean"), (["a"] * 60, "numeric")]
)
def test_a_column_that_is_not_what_the_model_file_says_is_refused(
    tmp_path: Path, values: list[object], kind: str
) -> None:
    with pytest.raises(DataError, match=rf"`x` is {kind} but holds other values in \d+ of 60 rows \(line \d"):
        read(tmp_path, csv_text(x=values), more=f"features: {{x: {kind}}}")


def test_all_columns_that_the_data_lacks_are_named_at_once(tmp_path: Path) -> None:
    with pytest.raises(SpecError) as caught:
        read(tmp_path, csv_text(), target="Y", time="tt", more="features: {xx: numeric}\nslices: [shift]")
    assert [mistake.where for mistake in caught.value.mistakes] == [
        "data.target",
        "data.time",
        "data.features.xx",
        "data.slices[0]",
    ]
    assert "did you mean `y`? It has `y`, `t`, `x`" in caught.value.mistakes[0].problem


def test_an_ignored_column_that_is_not_there_is_noted(tmp_path: Path) -> None:
    assert "`z` is listed under data.ignore" in read(tmp_path, csv_text(), more="ignore: [z]").notes[-1]


def test_many_categories_are_noted(tmp_path: Path) -> None:
    text = "x,y\n" + "".join(f"place {row % 80},{row % 2}\n" for row in range(400))
    assert "`x` has 80 categories; the 64 most frequent are told apart" in read(tmp_path, text, time=None).notes
