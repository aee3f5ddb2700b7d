"""Every kind of source, and every way it can be missing or damaged."""

from __future__ import annotations

import gzip
import hashlib
import io
import sqlite3
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from infra.domain.errors import DataError, SpecError, Unavailable
from infra.history.openml import read_openml
from infra.history.query import read_query
from infra.model.pictures import decode_picture
from infra.settings import Settings
from tests.unit.infra.history.reading import CLASSES, DAYS, ISO_DAYS, NUMBERS, ROWS, csv_text, read


def npz(**arrays: object) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, array in arrays.items():
            part = io.BytesIO()
            np.lib.format.write_array(part, np.asarray(array))
            archive.writestr(f"{name}.npy", part.getvalue())
    return stream.getvalue()


PICTURES = np.random.default_rng(3).integers(0, 256, (ROWS, 6, 5), dtype=np.uint8)


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_csv_is_read_by_the_separator_of_its_header(tmp_path: Path, separator: str) -> None:
    assert len(read(tmp_path, csv_text(sep=separator)).target) == ROWS


def test_lines_may_end_as_on_an_old_macintosh_and_a_name_may_be_broken(tmp_path: Path) -> None:
    assert len(read(tmp_path, csv_text().replace("\n", "\r")).target) == ROWS
    assert "the\nx" in read(tmp_path, csv_text().replace("x", '"the\nx"', 1)).kinds


def test_gzip_byte_order_mark_and_windows_line_ends_are_read(tmp_path: Path) -> None:
    content = gzip.compress(("\ufeff" + csv_text().replace("\n", "\r\n")).encode())
    history = read(tmp_path, content, name="history.csv.gz")
    assert len(history.target) == ROWS
    assert history.sha256 == hashlib.sha256(content).hexdigest()


def test_empty_lines_are_passed_over_and_rows_keep_their_line_numbers(tmp_path: Path) -> None:
    text = csv_text().replace("\n", "\n\n", 2)
    assert "2 empty lines were passed over" in read(tmp_path, text).notes
    with pytest.raises(DataError, match="line 5: 'soon'"):
        read(tmp_path, text.replace(ISO_DAYS[1], "soon"))


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.csv", b"", "is empty"),
        ("a.csv", b"t,x,y\n", "0 usable rows, and 50 are the least"),
        ("a.csv", b"t,t,y\n1,2,3\n", "more than one column named 't'"),
        ("a.csv", (csv_text() + "2024-05-01,3,a,4\n").encode(), "saw 4"),
        ("a.csv", csv_text().replace("a", "é").encode("latin-1"), "not UTF-8 text"),
        ("a.csv", csv_text().replace("x", "é").encode("latin-1"), "not UTF-8 text"),
        ("a.csv", b"\x00\x01" * 50, "is not text"),
        ("a.csv", csv_text().encode("utf-16"), "not UTF-8 text"),
        ("a.csv", b"\n" + csv_text().encode(), "begins with an empty line"),
        ("a.csv", b'"' + b"x" * 140_000 + b'",y\n1,2\n', "cannot be read as CSV"),
        ("a.csv.gz", b"not gzip", "cannot be read"),
        ("a.csv.gz", gzip.compress(csv_text().encode())[:-20], "cannot be read"),
        ("a.parquet", b"not parquet", "cannot be read as Parquet"),
        ("a.npz", b"not zip", "is no NPZ file"),
    ],
)
def test_a_damaged_file_is_refused_with_the_reason(tmp_path: Path, name: str, content: bytes, words: str) -> None:
    with pytest.raises(DataError, match=words):
        read(tmp_path, content, name=name)


def test_another_kind_of_file_is_refused_with_those_accepted(tmp_path: Path) -> None:
    with pytest.raises(SpecError, match=r"`a\.xlsx` is not a kind of file.*CSV.*Parquet.*NPZ"):
        read(tmp_path, b"", name="a.xlsx")


def test_a_missing_file_names_the_places_that_were_searched(tmp_path: Path) -> None:
    with pytest.raises(SpecError, match=r"history\.csv` nor `.*elsewhere.*history\.csv`.*--data PATH"):
        read(tmp_path)


def test_a_file_is_looked_for_in_the_data_folder_second(tmp_path: Path) -> None:
    data_dir = tmp_path / "elsewhere"
    data_dir.mkdir()
    (data_dir / "history.csv").write_text(csv_text(y=["c", "d"] * 30))
    settings = Settings(home=tmp_path, data_dir=data_dir)
    assert read(tmp_path, settings=settings).classes == ("c", "d")
    assert read(tmp_path, csv_text(), settings=settings).classes == ("a", "b")


def test_a_given_path_stands_in_for_the_source(tmp_path: Path) -> None:
    (tmp_path / "other.csv").write_text(csv_text(y=["c", "d"] * 30))
    assert read(tmp_path, name="openml:nothing", data=tmp_path / "other.csv").classes == ("c", "d")
    with pytest.raises(SpecError, match="--data: does not exist"):
        read(tmp_path, name="openml:nothing", data=tmp_path / "absent.csv")


def test_parquet_is_read_with_its_own_types(tmp_path: Path) -> None:
    frame = pd.DataFrame(
        {
            "t": pd.Series(DAYS).dt.tz_convert("Asia/Tokyo"),
            "x": pd.Series([None, *range(0, 2 * ROWS - 2, 2)], dtype="Int64"),
            "c": pd.Series(["red", None, "blue"] * 20, dtype="category"),
            "b": pd.Series([True, None, False] * 20, dtype="boolean"),
            "l": [[1]] * ROWS,
            "y": [1, 0] * 30,
        }
    )
    frame.to_parquet(tmp_path / "history.parquet")
    history = read(tmp_path, name="history.parquet")
    assert history.times == DAYS
    assert history.kinds == {"x": "numeric", "c": "categorical", "b": "boolean"}
    assert np.isnan(history.frame["x"][0])
    assert list(history.frame["c"][:3]) == ["red", None, "blue"]
    assert list(history.frame["b"][:3]) == [True, None, False]
    assert history.classes == ("0", "1")
    assert any("`l` was left out: it holds ndarray values" in note for note in history.notes)


@pytest.mark.parametrize(
    "pictures",
    [PICTURES, PICTURES[..., None], PICTURES.astype(np.float32) / 255, PICTURES.astype(np.int64)],
    ids=["uint8", "one channel", "floats in 0..1", "whole numbers"],
)
def test_grey_pictures_come_out_as_png_with_the_same_pixels(tmp_path: Path, pictures: np.ndarray) -> None:
    content = npz(X=pictures, y=np.arange(ROWS) % 2, mono=np.arange(ROWS) % 3, other=np.zeros((2, 2)))
    history = read(tmp_path, content, name="a.npz", time=None, more="images: X\nignore: [mono]\nslices: [mono]")
    assert history.kinds == {"image": "picture", "mono": "carried"}
    np.testing.assert_array_equal(decode_picture(history.frame["image"][7], (6, 5, 1))[:, :, 0], PICTURES[7])
    assert history.frame["mono"][4] == 1
    assert any("`other` of shape (2, 2) is not a column" in note for note in history.notes)


def test_colour_pictures_keep_their_channels(tmp_path: Path) -> None:
    colours = np.random.default_rng(4).integers(0, 256, (ROWS, 4, 4, 3), dtype=np.uint8)
    history = read(tmp_path, npz(X=colours, y=np.arange(ROWS) % 2), name="a.npz", time=None, more="images: X")
    np.testing.assert_array_equal(decode_picture(history.frame["image"][9], (4, 4, 3)), colours[9])


@pytest.mark.parametrize(
    ("pictures", "words"),
    [
        (PICTURES.astype(np.float32), "scale to 0..1"),
        (PICTURES.astype(np.int64) * 3, "neither uint8 nor floats"),
        (np.full((ROWS, 4, 4), np.nan), "scale to 0..1"),
        (PICTURES[..., None].repeat(4, axis=3), "1 or 3 channels"),
        (np.zeros((ROWS, 0, 4), dtype=np.uint8), "1 or 3 channels"),
        (np.arange(ROWS), "n × height × width"),
    ],
)
def test_pictures_of_an_unusable_kind_are_refused(tmp_path: Path, pictures: np.ndarray, words: str) -> None:
    with pytest.raises(DataError, match=words):
        read(tmp_path, npz(X=pictures, y=np.arange(ROWS) % 2), name="a.npz", time=None, more="images: X")


def test_an_npz_with_python_objects_is_refused(tmp_path: Path) -> None:
    content = npz(X=PICTURES, y=np.array([{"a": 1}] * ROWS, dtype=object))
    with pytest.raises(DataError, match="plain numbers and text"):
        read(tmp_path, content, name="a.npz", time=None, more="images: X")


def test_images_is_asked_for_and_checked(tmp_path: Path) -> None:
    content = npz(X=PICTURES, y=np.arange(ROWS) % 2)
    with pytest.raises(SpecError, match="write `images: X`"):
        read(tmp_path, content, name="a.npz", time=None)
    with pytest.raises(SpecError, match="no column `x`; did you mean `X`"):
        read(tmp_path, content, name="a.npz", time=None, more="images: x")
    with pytest.raises(SpecError, match="pictures come from an NPZ file"):
        read(tmp_path, csv_text(), more="images: x")


def database(folder: Path) -> str:
    with sqlite3.connect(folder / "shop.db") as connection:
        connection.execute("create table orders (t text, x real, y text)")
        connection.executemany("insert into orders values (?, ?, ?)", zip(ISO_DAYS, NUMBERS, CLASSES, strict=True))
    connection.close()
    return f"sqlite:///{folder / 'shop.db'}"


def test_a_database_is_read_by_its_query(tmp_path: Path) -> None:
    history = read(tmp_path, name=database(tmp_path), more="query: select * from orders where x is not null;")
    assert (history.kinds, history.times, history.target) == ({"x": "numeric"}, DAYS, CLASSES)


@pytest.mark.parametrize("query", ["delete from orders", "select 1; drop table orders", "", "pragma user_version = 3"])
def test_anything_but_one_select_is_refused(tmp_path: Path, query: str) -> None:
    with pytest.raises(SpecError, match="must be one `select`"):
        read_query(database(tmp_path), query)


def test_a_select_that_writes_is_stopped_by_the_database(tmp_path: Path) -> None:
    url = database(tmp_path)
    with pytest.raises(DataError, match=r"refused data\.query"):
        read_query(url, "with gone as (select 1) delete from orders")
    assert len(read_query(url, "select * from orders").frame) == ROWS


def test_a_wrong_query_and_an_unknown_database_say_so_without_the_password(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no such table: order"):
        read_query(database(tmp_path), "select * from order_s")
    with pytest.raises(SpecError, match=r"`nosql://…` names no database") as caught:
        read_query("nosql://me:secret@host/db", "select 1")
    assert "secret" not in str(caught.value)
    with pytest.raises(Unavailable, match="names no SQLite file"):
        read_query(f"sqlite:///{tmp_path / 'absent.db'}", "select 1")
    assert not (tmp_path / "absent.db").exists()
    with pytest.raises(Unavailable, match=r"me:\*\*\*@127\.0\.0\.1.*did not answer"):
        read_query("postgresql+psycopg://me:secret@127.0.0.1:1/shop", "select 1")


def published(name: str, version: int, folder: Path) -> pd.DataFrame:
    labels = pd.Series(CLASSES, dtype="category")
    return pd.DataFrame({"x": [float(number) for number in NUMBERS], "y": labels, "version": version})


def test_a_public_data_set_is_downloaded_once(tmp_path: Path) -> None:
    def offline(name: str, version: int, folder: Path) -> pd.DataFrame:
        raise OSError("no network")

    first = read_openml("prices@2", tmp_path, published)
    again = read_openml("prices@2", tmp_path, offline)
    assert first.sha256 == again.sha256
    assert again.source == "openml:prices@2"
    assert list(again.frame["y"][:3]) == ["a", "b", "b"]
    assert again.frame["version"][0] == 2
    with pytest.raises(Unavailable, match=r"could not be downloaded \(no network\).*--data PATH"):
        read_openml("prices", tmp_path, offline)


def test_a_name_that_is_no_data_set_is_refused_before_any_download(tmp_path: Path) -> None:
    with pytest.raises(SpecError, match="openml:NAME@VERSION"):
        read_openml("../../etc/passwd", tmp_path, published)
