"""What every `ports.Snapshots` does."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from infra.domain.errors import DataError, NotFound
from infra.memory import memory_ports
from infra.ports import Snapshots
from infra.stores.snapshots import ParquetSnapshots


@pytest.fixture(params=["memory", "parquet"])
def snapshots(request: pytest.FixtureRequest, tmp_path: Path) -> Snapshots:
    return memory_ports(tmp_path).snapshots if request.param == "memory" else ParquetSnapshots(tmp_path / "deep" / "er")


def frame(rows: int = 50) -> pd.DataFrame:
    rng = np.random.default_rng(3)
    return pd.DataFrame(
        {
            "load": np.where(rng.random(rows) < 0.2, np.nan, rng.normal(size=rows)),
            "count": rng.integers(-5, 5, rows),
            "região": [None if n % 7 == 0 else f"zona {n % 3} é" for n in range(rows)],
            "on": [bool(n % 2) for n in range(rows)],
            "maybe": [None if n % 5 == 0 else n % 2 == 0 for n in range(rows)],
            "at": pd.date_range("2026-01-01", periods=rows, freq="min", tz="UTC"),
            "kind": pd.Categorical([f"k{n % 2}" for n in range(rows)]),
            "single": rng.normal(size=rows).astype("float32"),
            "nothing": [None] * rows,
        }
    )


def test_a_table_comes_back_with_its_types(snapshots: Snapshots) -> None:
    pd.testing.assert_frame_equal(snapshots.load(snapshots.save(frame())), frame())


def test_the_same_content_has_one_name(snapshots: Snapshots) -> None:
    sha256 = snapshots.save(frame())
    assert len(sha256) == 64
    assert snapshots.save(frame().set_index(np.arange(50)[::-1])) == sha256
    assert snapshots.save(pd.concat([frame().iloc[:20], frame().iloc[20:]])) == sha256
    assert snapshots.save(snapshots.load(sha256)) == sha256


def test_the_name_stays_the_same_over_releases(snapshots: Snapshots) -> None:
    small = pd.DataFrame({"load": [1.5, None], "region": ["north", "süd"], "on": [True, False]})
    assert snapshots.save(small) == "1e8f20b91bd41ece90122b3b3e211002c4b1e29b6f47fcd596b3488eead80377"


CHANGES: dict[str, Callable[[pd.DataFrame], pd.DataFrame]] = {
    "a value": lambda f: f.assign(count=f["count"].where(f.index != 3, 77)),
    "a null for a zero": lambda f: f.assign(load=f["load"].fillna(0.0)),
    "a null for an empty text": lambda f: f.assign(região=f["região"].fillna("")),
    "a type": lambda f: f.assign(count=f["count"].astype("int32")),
    "the order of rows": lambda f: f.iloc[::-1],
    "the order of columns": lambda f: f[f.columns[::-1]],
    "a name": lambda f: f.rename(columns={"load": "lode"}),
    "a row": lambda f: f.iloc[:-1],
    "where two texts part": lambda f: f.assign(região=["ab", "c", *f["região"][2:]]),
    "where two texts part, elsewhere": lambda f: f.assign(região=["a", "bc", *f["região"][2:]]),
    "nothing but rows": lambda f: f.iloc[:0],
}


def test_other_content_has_another_name(snapshots: Snapshots) -> None:
    names = {reason: snapshots.save(change(frame())) for reason, change in CHANGES.items()}
    assert len(set(names.values()) | {snapshots.save(frame())}) == len(CHANGES) + 1


@pytest.mark.parametrize("name", ["0" * 64, "", "../../etc/passwd", "x"])
def test_unknown_content_is_not_found(snapshots: Snapshots, name: str) -> None:
    with pytest.raises(NotFound):
        snapshots.load(name)


def test_a_column_of_mixed_kinds_is_refused_by_name(snapshots: Snapshots) -> None:
    with pytest.raises(DataError, match="mixed"):
        snapshots.save(pd.DataFrame({"mixed": ["a", 1, None]}))


def test_two_columns_of_one_name_are_refused(snapshots: Snapshots) -> None:
    with pytest.raises(DataError, match="several columns named load"):
        snapshots.save(pd.DataFrame([[1, 2]], columns=["load", "load"]))


def test_the_part_that_a_row_played_is_found(snapshots: Snapshots) -> None:
    rows = pd.DataFrame({"x": [1.0, 2.0, 3.0], "@id": ["a", "b", "a"], "@part": ["train", "train", "holdout"]})
    sha256 = snapshots.save(rows)
    assert snapshots.parts_of(sha256, "a") == ["train", "holdout"]
    assert snapshots.parts_of(sha256, "none") == []
    with pytest.raises(NotFound):
        snapshots.parts_of("ab" * 32, "a")


@pytest.mark.parametrize("damage", [b"", b"PAR1 not", None], ids=["emptied", "overwritten", "another table"])
def test_a_damaged_file_is_refused(tmp_path: Path, damage: bytes | None) -> None:
    snapshots = ParquetSnapshots(tmp_path)
    sha256 = snapshots.save(frame())
    path = tmp_path / f"{sha256}.parquet"
    other = (tmp_path / f"{snapshots.save(frame(10))}.parquet").read_bytes()
    path.write_bytes(other if damage is None else damage)
    with pytest.raises(DataError, match=sha256):
        snapshots.load(sha256)


def test_one_file_is_left_for_one_content(tmp_path: Path) -> None:
    snapshots = ParquetSnapshots(tmp_path)
    names = {snapshots.save(frame()) for _ in range(3)}
    assert [path.name for path in tmp_path.iterdir()] == [f"{name}.parquet" for name in names]


def test_the_file_of_a_large_table_is_given_where_it_is_asked_for(snapshots: Snapshots) -> None:
    sha256 = snapshots.save(frame())
    path = snapshots.large_file(sha256, 100)
    assert path is not None
    pd.testing.assert_frame_equal(pd.read_parquet(path), frame())
    assert snapshots.large_file(sha256, 1 << 20) is None, "it may be loaded"
    with pytest.raises(NotFound):
        snapshots.large_file("ab" * 32, 100)


def test_a_table_that_was_written_to_a_file_is_kept_as_if_it_were_saved(snapshots: Snapshots, tmp_path: Path) -> None:
    draft = tmp_path / "draft.parquet"
    frame().to_parquet(draft, row_group_size=7)
    path = snapshots.adopt(draft)
    pd.testing.assert_frame_equal(snapshots.load(path.stem), frame())
    assert path.stem == snapshots.save(frame())
    assert not draft.exists()
    frame().to_parquet(draft)
    assert snapshots.adopt(draft) == path
    assert path.exists()


def test_a_large_file_that_was_changed_is_refused(tmp_path: Path) -> None:
    snapshots = ParquetSnapshots(tmp_path)
    sha256 = snapshots.save(frame())
    (tmp_path / f"{sha256}.parquet").write_bytes((tmp_path / f"{snapshots.save(frame(40))}.parquet").read_bytes())
    with pytest.raises(DataError, match=sha256):
        snapshots.large_file(sha256, 100)
