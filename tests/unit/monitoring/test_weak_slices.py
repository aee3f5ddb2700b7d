"""Weak groups of rows are found, said only when later rows confirm them, and not made up."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from infra.domain.windows import WeakSlice
from monitoring.slice_conditions import Bools, conditions_of
from monitoring.weak_slices import Searched, weak_slices
from tests.unit.monitoring.building import spec

KINDS = {**dict.fromkeys(["speed", "heat", "load", "age"], "numeric"), "shift": "categorical", "line": "categorical"}
Planted = Callable[[pd.DataFrame], Bools]


def _frame(rng: np.random.Generator, rows: int) -> pd.DataFrame:
    numbers = {name: rng.normal(size=rows) for name, kind in KINDS.items() if kind == "numeric"}
    words = {"shift": rng.choice(["day", "night", "late"], rows), "line": rng.choice(list("abcd"), rows)}
    return pd.DataFrame({**numbers, **words})


def _stream(seed: int, windows: int, rows: int, task: str, planted: Planted | None) -> list[tuple[WeakSlice, ...]]:
    rng = np.random.default_rng(seed)
    conditions = conditions_of(_frame(rng, 1000), KINDS)
    found: list[tuple[WeakSlice, ...]] = []
    for _ in range(windows):
        frame = _frame(rng, rows)
        bad = np.zeros(rows, dtype=bool) if planted is None else planted(frame)
        if task == "classification":
            losses = (rng.random(rows) < np.where(bad, 0.25, 0.10)).astype(np.float64)
        else:
            losses = np.abs(rng.standard_t(4, rows)) * np.where(bad, 1.8, 1.0)
        fresh = Searched(frame=frame, losses=losses, spec=spec(task))
        found.append(weak_slices(found[-1] if found else (), fresh, conditions))
    return found


def _night_b(frame: pd.DataFrame) -> Bools:
    return np.asarray((frame["shift"] == "night") & (frame["line"] == "b"))  # one row in twelve


def _hot(frame: pd.DataFrame) -> Bools:
    return np.asarray(frame["heat"] > 1.405)  # 8 rows in a hundred


@pytest.mark.parametrize("task", ["classification", "regression"])
def test_where_all_rows_are_alike_nothing_is_confirmed(task: str) -> None:
    windows = [found for seed in range(4) for found in _stream(seed, 50, 400, task, None)]
    assert len(windows) == 200
    assert sum(any(one.confirmed for one in found) for found in windows) <= 2


@pytest.mark.parametrize("task", ["classification", "regression"])
@pytest.mark.parametrize(("planted", "column"), [(_night_b, "line = b"), (_hot, "heat > 1.")])
def test_a_planted_slice_is_confirmed_within_three_windows(task: str, planted: Planted, column: str) -> None:
    streams = [_stream(seed, 3, 2000, task, planted) for seed in range(10)]
    said = [[one.where for found in stream for one in found if one.confirmed] for stream in streams]
    assert sum(any(column in where for where in one) for one in said) >= 9
    assert not any(one.confirmed for stream in streams for one in stream[0])


def test_what_is_said_has_its_figures_from_the_fresh_rows() -> None:
    last = _stream(0, 3, 2000, "classification", _night_b)[-1]
    (found,) = [one for one in last if one.where == "shift = night and line = b"]
    assert found.confirmed
    assert 120 < found.rows < 220
    assert found.score < found.elsewhere - 0.08
    assert found.p_value < 0.01


def _fresh(rows: int, wrong_when_b: float, seed: int = 0) -> Searched:
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame({"line": rng.choice(["a", "b"], rows)})
    losses = (rng.random(rows) < np.where(frame["line"] == "b", wrong_when_b, 0.1)).astype(np.float64)
    return Searched(frame=frame, losses=losses, spec=spec())


def _waiting(where: str = "line = b", *, confirmed: bool = False) -> WeakSlice:
    return WeakSlice(where=where, rows=200, score=0.7, elsewhere=0.9, p_value=1e-6, confirmed=confirmed)


@pytest.mark.parametrize(
    ("earlier", "fresh", "expected", "why"),
    [
        (_waiting(), _fresh(400, 0.4), [True], "confirmed"),
        (_waiting(confirmed=True), _fresh(400, 0.4), [True], "still weak"),
        (_waiting(), _fresh(400, 0.1), [], "it was chance"),
        (_waiting(confirmed=True), _fresh(400, 0.1), [], "mended"),
        (_waiting(), _fresh(50, 0.4), [False], "too few rows: it waits on"),
        (_waiting(confirmed=True), _fresh(50, 0.4), [], "too few rows to say it again"),
        (_waiting("gone = b"), _fresh(400, 0.4), [], "its column is gone"),
    ],
)
def test_what_becomes_of_an_earlier_slice(earlier: WeakSlice, fresh: Searched, expected: list[bool], why: str) -> None:
    assert [one.confirmed for one in weak_slices((earlier,), fresh, ())] == expected, why


def test_nothing_to_divide_by_and_no_errors_find_nothing() -> None:
    assert weak_slices((), _fresh(400, 0.4), ()) == ()
    frame = _frame(np.random.default_rng(0), 500)
    right = Searched(frame=frame, losses=np.zeros(500), spec=spec())
    assert weak_slices((), right, conditions_of(frame, KINDS)) == ()
    exact = Searched(frame=frame, losses=np.zeros(500), spec=spec("regression"))
    assert weak_slices((), exact, conditions_of(frame, KINDS)) == ()
