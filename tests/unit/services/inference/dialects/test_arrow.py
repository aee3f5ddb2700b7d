from __future__ import annotations

import math
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from infra.domain.errors import RowError
from infra.model.schema import Column, FeatureSchema
from services.inference.answering import Question
from services.inference.dialects.arrow import MEDIA_TYPE, read_table, render_table, speaks_arrow
from services.inference.problems import Problem
from tests.unit.services.inference.dialects.asking import NOW, NUMBERS, SCHEMA, answered, outcome


def stream(table: pa.Table, compression: str | None = None, batch_rows: int | None = None) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema, options=pa.ipc.IpcWriteOptions(compression=compression)) as writer:
        writer.write_table(table, max_chunksize=batch_rows)
    return bytes(sink.getvalue())


def line(**more: Any) -> pa.Table:
    features = {"speed": [1.5, math.nan, None], "shift": ["early", "late", None], "wet": [True, None, False]}
    return pa.table({**features, **more})


def read(raw: bytes, schema: FeatureSchema = SCHEMA, max_rows: int = 100) -> Question:
    return read_table(raw, model="line", schema=schema, now=NOW, max_rows=max_rows)


def refused(raw: bytes, schema: FeatureSchema = SCHEMA, max_rows: int = 100) -> Problem:
    with pytest.raises(Problem) as caught:
        read(raw, schema, max_rows)
    return caught.value


@pytest.mark.parametrize("compression", [None, "zstd", "lz4"])
@pytest.mark.parametrize("batch_rows", [None, 1])
def test_each_column_is_a_feature_and_nan_is_missing(compression: str | None, batch_rows: int | None) -> None:
    table = line(plant=pa.array(["a", None, "a"]).dictionary_encode())
    question = read(stream(table, compression, batch_rows))
    assert [dict(row.features) for row in question.rows] == [
        {"speed": 1.5, "shift": "early", "wet": True, "plant": "a"},
        {"speed": None, "shift": "late", "wet": None, "plant": None},
        {"speed": None, "shift": None, "wet": False, "plant": "a"},
    ]
    assert [row.place for row in question.rows] == [0, 1, 2]
    assert len({row.id for row in question.rows}) == 3
    assert (question.model, question.version, question.errors, question.all_or_nothing) == ("line", None, [], False)


def test_ids_and_times_are_about_the_rows() -> None:
    moments = pa.array([0, 1_767_225_600_000_000_000, None], pa.timestamp("ns", "Europe/Berlin"))
    question = read(stream(line(id=["a", "", None], time=moments)))
    assert [(error.row, error.field) for error in question.errors] == [(1, "id")]
    assert [row.time for row in question.rows] == [datetime(1970, 1, 1, tzinfo=UTC), NOW]
    assert question.rows[0].id == "a"
    texts = read(stream(line(time=["2026-01-01T00:00:00Z", "soon", None])))
    assert [(error.row, error.field) for error in texts.errors] == [(1, "time")]
    assert texts.rows[0].time == datetime(2026, 1, 1, tzinfo=UTC)


def test_features_called_id_and_time_are_features() -> None:
    schema = FeatureSchema((Column(name="id", kind="numeric"), Column(name="time", kind="numeric")))
    question = read(stream(pa.table({"id": [1], "time": [2]})), schema)
    assert question.rows[0].features == {"id": 1, "time": 2}


@pytest.mark.parametrize("kind", [pa.int8(), pa.uint64(), pa.float16(), pa.float32(), pa.float64()])
def test_numbers_of_every_width_become_plain_numbers(kind: pa.DataType) -> None:
    question = read(stream(pa.table({"x": pa.array([1, 2], kind), "y": pa.array([3, None], kind)})), NUMBERS)
    assert [list(row.features.values()) for row in question.rows] == [[1, 3], [2, None]]
    assert {type(row.features["x"]) for row in question.rows} <= {int, float}


def test_a_nul_in_text_refuses_its_row() -> None:
    question = read(stream(line(plant=["a", "a\x00", None])))
    assert [(error.row, error.field) for error in question.errors] == [(1, "plant")]


ZONED = stream(line(time=pa.array([1, 2, 3], pa.timestamp("s", "UTC"))))
REFUSED: list[tuple[str, bytes, str]] = [
    ("nothing", b"", "Arrow IPC stream"),
    ("JSON", b'{"rows": []}', "Arrow IPC stream"),
    ("an unknown column", stream(line(hue=[1, 2, 3])), "'hue' is not a feature"),
    ("an absent column", stream(line().drop_columns(["wet"])), "'wet' is absent"),
    ("a column twice", stream(line().append_column("wet", pa.array([1, 2, 3]))), "given twice"),
    ("no rows", stream(line().slice(0, 0)), "no rows"),
    ("a list", stream(line(plant=pa.array([[1], [2], [3]]))), "list<"),
    ("a struct", stream(line(plant=pa.array([{"a": 1}] * 3))), "struct<"),
    ("bytes", stream(line(plant=pa.array([b"a", b"b", b"c"]))), "binary"),
    ("views", stream(line(plant=pa.array(["a"] * 3, pa.string_view()))), "string_view"),
    ("decimals", stream(line(plant=pa.array([1, 2, 3], pa.decimal128(5, 2)))), "decimal"),
    ("moments as a feature", stream(line(plant=pa.array([1, 2, 3], pa.timestamp("s", "UTC")))), "timestamp"),
    ("a dictionary of numbers", stream(line(plant=pa.array([1, 2, 3]).dictionary_encode())), "dictionary<"),
    ("runs", stream(line(plant=pa.RunEndEncodedArray.from_arrays([3], ["a"]))), "run_end"),
    ("moments without a zone", stream(line(time=pa.array([1, 2, 3], pa.timestamp("s")))), "without a zone"),
    (
        "a zone that is no text",
        stream(line(time=pa.array([1] * 3, pa.timestamp("s", "UTC")))).replace(b"UTC", b"\x80TC"),
        "utf-8",
    ),
    ("moments beyond all years", stream(line(time=pa.array([2**60] * 3, pa.timestamp("us", "UTC")))), "1 to 9999"),
    ("moments beyond all numbers", stream(line(time=pa.array([2**62] * 3, pa.timestamp("s", "UTC")))), "1 to 9999"),
    ("a long word", stream(line(plant=pa.array(["a" * 5000] * 3).dictionary_encode())), "5000 bytes"),
]


@pytest.mark.parametrize(("raw", "words"), [case[1:] for case in REFUSED], ids=[case[0] for case in REFUSED])
def test_a_table_of_another_form_is_refused(raw: bytes, words: str) -> None:
    problem = refused(raw)
    assert problem.status_code == 422
    assert words in problem.detail


def test_no_more_rows_than_the_limit_are_read() -> None:
    assert refused(stream(line()), max_rows=2).status_code == 413
    few = stream(pa.table({"x": pa.nulls(54_321), "y": pa.nulls(54_321)}))
    many = few.replace((54_321).to_bytes(8, "little"), (2**40).to_bytes(8, "little"))
    assert str(2**40) in refused(many, NUMBERS).detail


def test_columns_that_would_grow_too_large_are_refused_before_they_do() -> None:
    zeros = pa.array(["\x20" * 100_000_000])
    raw = stream(line().slice(0, 1).append_column("plant", zeros), "zstd")
    assert len(raw) < 100_000
    before = pa.total_allocated_bytes()
    del zeros
    assert refused(raw).status_code == 413
    assert pa.total_allocated_bytes() <= before


def test_a_dictionary_that_every_batch_repeats_is_counted_each_time() -> None:
    words = pa.DictionaryArray.from_arrays(
        pa.array([0] * 60, pa.int32()), pa.array([f"{n:01000}" for n in range(1500)])
    )
    table = pa.table({"speed": [1.0] * 60, "shift": ["early"] * 60, "wet": [True] * 60, "plant": words})
    assert refused(stream(table, batch_rows=1)).status_code == 413
    assert len(read(stream(table)).rows) == 60


def test_the_answer_has_a_row_for_each_row_asked() -> None:
    error = RowError(row=1, field="speed", problem="is absent")
    answers = outcome((0, answered(0)), (2, answered(2, probabilities={"odd": 1.0}, version=1)), errors=(error,))
    table = pa.ipc.open_stream(render_table(answers)).read_all()
    assert table.to_pydict() == {
        "place": [0, 1, 2],
        "id": ["p0", None, "p2"],
        "value": ["good", None, "good"],
        "version": [2, None, 1],
        "confidence": [0.75, None, 0.75],
        "abstained": [False, None, False],
        "probability.bad": [0.25, None, None],
        "probability.good": [0.75, None, None],
        "probability.odd": [None, None, 1.0],
        "field": [None, "speed", None],
        "problem": [None, "is absent", None],
    }
    assert table.schema.metadata == {b"model": b"line", b"version": b"2", b"logging": b"durable"}


def test_a_regression_answers_doubles() -> None:
    one = answered(0, value=2.5, probabilities=None, confidence=None)
    table = pa.ipc.open_stream(render_table(outcome((0, one)))).read_all()
    assert table.column("value").to_pylist() == [2.5]
    assert table.column("value").type == pa.float64()
    assert not any(name.startswith("probability") for name in table.column_names)


def test_a_regressions_interval_has_two_columns_where_it_is_known() -> None:
    new = answered(0, value=2.5, probabilities=None, confidence=None)
    old = answered(1, value=9.0, version=1, probabilities=None, confidence=None)
    told = outcome((0, new), (1, old))
    plain = pa.ipc.open_stream(render_table(told)).read_all()
    assert not [name for name in plain.column_names if name.startswith("interval")]
    table = pa.ipc.open_stream(render_table(replace(told, half_widths={2: 0.5}))).read_all()
    assert table["interval.low"].to_pylist() == [2.0, None]
    assert table["interval.high"].to_pylist() == [3.0, None]


@pytest.mark.parametrize(
    ("header", "spoken"),
    [
        (MEDIA_TYPE, True),
        (f"{MEDIA_TYPE.upper()}; x=1", True),
        (f"application/json, {MEDIA_TYPE};q=0.5", True),
        ("application/json", False),
        ("", False),
    ],
)
def test_the_media_type_is_known_with_its_parameters(header: str, spoken: bool) -> None:
    assert speaks_arrow(header) is spoken


SAMPLES = [
    stream(line(id=["a", "b", "c"], time=pa.array([1, 2, 3], pa.timestamp("s", "UTC"))), compression)
    for compression in (None, "zstd", "lz4")
] + [stream(line(plant=pa.array(["a", "b", "a"]).dictionary_encode()), compression, 2) for compression in (None, "lz4")]
DAMAGE = st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 255))


@settings(max_examples=400, deadline=None)
@given(raw=st.sampled_from(SAMPLES), damage=st.lists(DAMAGE, max_size=4), kept=st.floats(0.1, 1.5))
def test_damaged_bytes_are_read_or_refused(raw: bytes, damage: list[tuple[float, int]], kept: float) -> None:
    changed = bytearray(raw[: int(len(raw) * min(kept, 1.0))])
    for where, byte in damage if changed else ():
        changed[int(where * len(changed))] = byte
    status = None
    try:
        question = read(bytes(changed))
    except Problem as problem:
        status = problem.status_code
    else:
        assert 0 < len(question.rows) + len(question.errors) <= 100
    assert status in (None, 413, 422)
