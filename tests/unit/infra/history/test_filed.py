"""A history that is left in files says and holds what one that is read whole does."""

from __future__ import annotations

import gzip
import sqlite3
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from infra.domain.errors import DataError, Mistake, SpecError
from infra.history import csv_chunks, query, raw_columns, tabular
from infra.history.filed import FiledHistory, read_any_history
from infra.history.history import History, read_history
from infra.settings import Settings
from infra.spec import ModelSpec, parse_spec

ROWS = 6_000


@pytest.fixture(autouse=True)
def little_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csv_chunks, "VALUES_AT_ONCE", 1_000)
    monkeypatch.setattr(query, "VALUES_AT_ONCE", 1_000)
    monkeypatch.setattr(raw_columns, "PIECE_ROWS", 1_500)


def table() -> pd.DataFrame:
    """Every kind of column, some of which show what they are only far down."""
    rng = np.random.default_rng(0)
    whole = rng.integers(0, 5_000, ROWS).astype(object)
    late = whole.copy()
    late[-1] = "none"
    sparse = pd.Series(rng.integers(0, 9_999, ROWS), dtype="Int64").where(rng.random(ROWS) > 0.1)
    moments = pd.date_range("2024-01-01", periods=ROWS, freq="13min").to_series()
    return pd.DataFrame(
        {
            "t": moments.sample(frac=1.0, random_state=1).dt.strftime("%d/%m/%Y %H:%M:%S").to_numpy(),
            "number": rng.normal(size=ROWS).round(6),
            "whole": whole,
            "one text at the end": late,
            "sparse": sparse,
            "code": [f"{value:03d}" for value in rng.integers(0, 40, ROWS)],
            "few": rng.integers(0, 5, ROWS),
            "truth": rng.random(ROWS) > 0.5,
            "some truth": pd.Series(rng.random(ROWS) > 0.5, dtype=object).where(rng.random(ROWS) > 0.2),
            "text": pd.Series(rng.choice(["red", "green"], ROWS)).where(rng.random(ROWS) > 0.3),
            "empty": None,
            "row": np.arange(ROWS),
            "y": pd.Series(rng.choice(["up", "down"], ROWS)).where(rng.random(ROWS) > 0.01),
        }
    )


def spec(source: str, more: str = "") -> ModelSpec:
    return parse_spec(
        f"model: m\ntask: classification\ndata:\n  source: {source}\n  target: y\n  time: t\n{more}", "model.yaml"
    )


def as_csv(rows: pd.DataFrame, folder: Path) -> ModelSpec:
    rows.to_csv(folder / "rows.csv", index=False)
    return spec("rows.csv")


def as_packed_csv(rows: pd.DataFrame, folder: Path) -> ModelSpec:
    lines = rows.to_csv(index=False).splitlines()
    (folder / "rows.csv.gz").write_bytes(gzip.compress("\n".join([*lines[:700], "", *lines[700:]]).encode()))
    return spec("rows.csv.gz")


def as_parquet(rows: pd.DataFrame, folder: Path) -> ModelSpec:
    typed = rows.assign(whole=rows["whole"].astype(int), **{"one text at the end": "text", "some truth": True})
    typed.set_index("t").to_parquet(folder / "rows.parquet")
    return spec("rows.parquet")


def as_database(rows: pd.DataFrame, folder: Path) -> ModelSpec:
    with sqlite3.connect(folder / "rows.db") as connection:
        rows.assign(sparse=rows["sparse"].astype(float)).to_sql("kept", connection, index=False)
    connection.close()
    return spec(f"sqlite:///{folder / 'rows.db'}", "  query: select * from kept\n")


def both(asked: ModelSpec, folder: Path) -> tuple[FiledHistory, History]:
    settings = Settings(home=folder, large_history_mb=0.1)
    scratch = folder / "scratch"
    scratch.mkdir(exist_ok=True)
    left = read_any_history(asked, folder, scratch, settings=settings)
    assert isinstance(left, FiledHistory)
    return left, read_history(asked, folder, settings=settings)


@pytest.mark.parametrize("kept", [as_csv, as_packed_csv, as_parquet, as_database])
def test_it_is_the_history_that_is_read_whole(kept: Callable[[pd.DataFrame, Path], ModelSpec], tmp_path: Path) -> None:
    left, loaded = both(kept(table(), tmp_path), tmp_path)
    assert (left.kinds, left.classes, left.notes, left.source) == (
        loaded.kinds,
        loaded.classes,
        loaded.notes,
        loaded.source,
    )
    assert left.sha256 == loaded.sha256
    assert left.target.tolist() == loaded.target
    assert left.times.to_pydatetime().tolist() == loaded.times
    middle = left.frame(4_000, 20)
    pd.testing.assert_frame_equal(middle, loaded.frame.iloc[4_000:4_020].reset_index(drop=True))
    assert len(left) == len(loaded.target) < ROWS


def test_a_small_history_is_read_whole(tmp_path: Path) -> None:
    found = read_any_history(as_csv(table(), tmp_path), tmp_path, tmp_path, settings=Settings(home=tmp_path))
    assert isinstance(found, History)


REFUSED: dict[str, tuple[dict[str, str | None], str]] = {
    "a day that no calendar has": ({"t": "31/02/2024 00:00:00"}, "is not a moment in any calendar in 1 of 6000"),
    "no time": ({"t": None}, "`t` has no value in 1 of 6000 rows"),
    "another way of writing a time": ({"t": "2024-01-31"}, "`t` is not a time that can be read"),
}


@pytest.mark.parametrize("reason", REFUSED)
def test_what_is_wrong_far_down_is_refused_with_its_line(reason: str, tmp_path: Path) -> None:
    change, problem = REFUSED[reason]
    rows = table()
    for name, value in change.items():
        rows.loc[5_000, name] = value
    asked, settings = as_csv(rows, tmp_path), Settings(home=tmp_path, large_history_mb=0.1)
    with pytest.raises(DataError) as left:
        read_any_history(asked, tmp_path, tmp_path, settings=settings)
    assert problem in str(left.value)
    assert "line 5002" in str(left.value) or "of 6000" in str(left.value)
    with pytest.raises(DataError) as loaded:
        read_history(asked, tmp_path, settings=settings)
    assert str(left.value) == str(loaded.value)


def test_an_absent_column_is_refused(tmp_path: Path) -> None:
    as_csv(table(), tmp_path)
    asked = parse_spec("model: m\ntask: classification\ndata: {source: rows.csv, target: z}\n", "model.yaml")
    with pytest.raises(SpecError) as caught:
        read_any_history(asked, tmp_path, tmp_path, settings=Settings(home=tmp_path, large_history_mb=0.1))
    assert [mistake.where for mistake in caught.value.mistakes if isinstance(mistake, Mistake)] == ["data.target"]


@pytest.mark.parametrize("line", [1, 1_000, 2_500, 5_005, 5_999])
def test_a_line_longer_than_the_header_is_refused_wherever_it_stands(line: int, tmp_path: Path) -> None:
    """1,000 and 5,005 are first lines of what is read at once, in one pass or the other."""
    lines = [",".join(["2024-01-01", "1"])] * 6_000
    lines[line] += ",1"
    path = tmp_path / "rows.csv"
    path.write_text("\n".join(["t,y", *lines]))
    with pytest.raises(DataError, match="cannot be read as CSV"):
        csv_chunks.read_large_csv(path, "", tmp_path)


LARGE = 2**63 + 5
"""A float64 would end it in …808, a signed integer cannot hold it."""
BESIDE_LARGE = {
    "small ones": "7",
    "negative ones": "-7",
    "none at all": "",
    "fractions": "0.5",
    "texts": "seven",
}


@pytest.mark.parametrize("beside", BESIDE_LARGE)
def test_large_whole_numbers_keep_the_digits_they_have_when_read_whole(beside: str, tmp_path: Path) -> None:
    """They stand far from those that decide what the column is."""
    written = [str(LARGE + row) if row < 1_500 else BESIDE_LARGE[beside] for row in range(ROWS)]
    path = tmp_path / "rows.csv"
    path.write_text("\n".join(["t,id,y", *(f"{row},{one},{row % 2}" for row, one in enumerate(written))]))
    whole = tabular.read_csv(path, "").frame["id"]
    in_chunks = csv_chunks.read_large_csv(path, "", tmp_path).frame["id"]
    assert in_chunks.dtype.kind == whole.dtype.kind
    assert [str(value) for value in in_chunks] == [str(value) for value in whole]
    assert whole.isna().sum() == (0 if BESIDE_LARGE[beside] else ROWS - 1_500)
