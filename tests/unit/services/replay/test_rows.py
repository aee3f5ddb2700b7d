from __future__ import annotations

import json
from datetime import datetime, timedelta

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from infra.domain.errors import DataError
from infra.history.history import History
from infra.spec import Span
from infra.spec.watching import Monitoring
from services.replay.rows import LateLabels, batches, plain, rows_of, truths_of
from services.replay.traffic import Row
from tests.builders import minute

PLAIN = [
    (None, None),
    (float("nan"), None),
    (np.float32("nan"), None),
    (pd.NA, None),
    (pd.NaT, None),
    (np.float64(1.5), 1.5),
    (np.int64(3), 3),
    (np.bool_(True), True),
    (True, True),
    (0, 0),
    ("", ""),
    ("north", "north"),
]


@pytest.mark.parametrize(("value", "expected"), PLAIN, ids=[repr(value) for value, _ in PLAIN])
def test_a_value_of_a_table_becomes_one_that_json_knows(value: object, expected: object) -> None:
    found = plain(value)
    assert found == expected
    assert type(found) is type(expected)
    json.dumps(found, allow_nan=False)


def test_a_value_that_json_does_not_know_is_refused() -> None:
    with pytest.raises(DataError, match="timedelta"):
        plain(timedelta(minutes=1))


def row(place: int) -> Row:
    return Row(id=str(place), time=minute(place), features={}, truth="up")


def names(told: list[tuple[Row, datetime]]) -> list[int]:
    return [int(one.id) for one, _ in told]


def test_a_history_becomes_rows_with_the_place_they_have_in_it() -> None:
    frame = pd.DataFrame({"x": [1.0, np.nan, 3.0], "site": ["a", None, "c"], "wet": [True, False, None]})
    history = History(
        frame=frame,
        target=["up", "down", "up"],
        times=[minute(0), minute(1), minute(2)],
        kinds={"x": "numeric", "site": "categorical", "wet": "boolean"},
        classes=("down", "up"),
        notes=(),
        sha256="0" * 64,
        source="somewhere",
    )
    rows = rows_of(history, 1)
    assert [(one.id, one.time, one.truth) for one in rows] == [("1", minute(1), "down"), ("2", minute(2), "up")]
    assert rows[0].features == {"x": None, "site": None, "wet": False}
    assert rows[1].features == {"x": 3.0, "site": "c", "wet": None}
    assert truths_of(rows) == ["down", "up"]


@settings(max_examples=50, deadline=None)
@given(sizes=st.lists(st.integers(1, 7), min_size=1, max_size=12), delay=st.integers(1, 15))
def test_a_label_counted_in_rows_comes_once_and_only_after_so_many_more(sizes: list[int], delay: int) -> None:
    late, sent, told = LateLabels(Span(rows=delay)), 0, []
    for size in sizes:
        late.answered([row(place) for place in range(sent, sent + size)])
        sent += size
        due = late.due(minute(sent))
        found = names(due)
        assert all(sent - 1 - place >= delay for place in found)
        assert [at for _, at in due] == [minute(place + delay) for place in found]
        told += found
    assert told == list(range(max(0, sent - delay)))
    assert late.due(minute(sent)) == []


def test_a_label_counted_in_time_comes_when_its_time_has() -> None:
    late = LateLabels(Span(duration=timedelta(minutes=30)))
    late.answered([row(0), row(10), row(40)])
    assert names(late.due(minute(29))) == []
    due = late.due(minute(40))
    assert names(due) == [0, 10]
    assert [at for _, at in due] == [minute(30), minute(40)]
    assert names(late.due(minute(69))) == []
    assert names(late.due(minute(70))) == [40]


def every_minute(count: int) -> list[Row]:
    return [Row(id=str(number), time=minute(number), features={}, truth="up") for number in range(count)]


@pytest.mark.parametrize(
    ("window", "minimum", "sizes", "reason"),
    [
        ("2000 rows", 30, [500, 500, 200], "a request has its limit"),
        ("400 rows", 30, [400, 400, 400], "a look comes with every window"),
        ("5h", 30, [300, 300, 300, 300], "a look comes with every window, by time as well"),
        ("20m", 100, [100] * 12, "a shorter batch could not be judged"),
        ("30d", 30, [500, 500, 200], "a request has its limit"),
    ],
)
def test_a_batch_is_no_longer_than_a_window(window: str, minimum: int, sizes: list[int], reason: str) -> None:
    rows = every_minute(1_200)
    found = list(batches(rows, Monitoring(window=Span.parse(window), minimum_rows=minimum)))
    assert [len(batch) for batch in found] == sizes, reason
    assert [row for batch in found for row in batch] == rows


def test_rows_of_one_moment_and_gaps_in_time_lose_no_row() -> None:
    rows = [Row(id=str(n), time=minute(0 if n < 90 else 9_000 + n), features={}, truth="up") for n in range(150)]
    found = list(batches(rows, Monitoring(window=Span.parse("10m"), minimum_rows=2)))
    assert [row for batch in found for row in batch] == rows
    assert [len(batch) for batch in found] == [90] + [10] * 6
