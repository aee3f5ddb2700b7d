"""Medians over repeats; an invalid round spoils its cell and nothing else."""

from __future__ import annotations

import pytest

from benchmarks.serving.load import Seen
from benchmarks.serving.results import Cell, Measurement, Results, find_problem, per_second
from tests.unit.benchmarks.serving.building import rounds, seen

_ONE = Cell(rows=1, concurrency=16)
_MANY = Cell(rows=100, concurrency=16)


def test_the_median_ignores_one_slow_repeat() -> None:
    assert Results(rounds("ours", _ONE, 100, 10, 120)).median("ours", _ONE, per_second) == 100


def test_what_was_not_measured_has_no_median() -> None:
    results = Results(rounds("ours", _ONE, 100))
    assert results.median("ours", _MANY, per_second) is None
    assert results.median("theirs", _ONE, per_second) is None
    assert results.ratio("ours", "theirs", _ONE, per_second) is None


def test_an_invalid_round_makes_its_cell_unknown_and_is_named() -> None:
    broken = Measurement(system="ours", cell=_ONE, repeat=1, seen=seen(900), problem="3 of 1800 failed (status)")
    results = Results([*rounds("ours", _ONE, 100), broken, *rounds("ours", _MANY, 50)])
    assert results.median("ours", _ONE, per_second) is None
    assert results.median("ours", _MANY, per_second) == 50
    assert results.problems == ["ours, 1 row, c16: 3 of 1800 failed (status)"]


def test_a_ratio_compares_the_repeats_that_both_took_part_in() -> None:
    results = Results([*rounds("ours", _ONE, 100, 100, 100, 900, 900), *rounds("theirs", _ONE, 50, 50, 50)])
    assert results.ratio("ours", "theirs", _ONE, per_second) == 2.0


def test_a_ratio_is_taken_within_a_repeat_since_the_machine_changes_between_them() -> None:
    results = Results([*rounds("ours", _ONE, 100, 1000, 120), *rounds("theirs", _ONE, 50, 500, 240)])
    assert results.ratio("ours", "theirs", _ONE, per_second) == 2.0


def test_cells_are_listed_in_the_order_of_the_table() -> None:
    cells = [Cell(rows=100, concurrency=1), Cell(rows=1, concurrency=64, ids=True), Cell(rows=1, concurrency=64), _ONE]
    results = Results(one for cell in cells for one in rounds("ours", cell, 1))
    assert list(map(str, results.cells)) == ["1 row, c16", "1 row, c64", "1 row, own ids, c64", "100 rows, c1"]


@pytest.mark.parametrize(
    ("stored", "right"),
    [
        (None, True),  # it keeps nothing and says so
        (1000, True),  # all that was answered
        (2600, True),  # and what was under way for each of 16 callers
        (900, False),  # answered and lost
        (2700, False),  # counted twice
    ],
)
def test_answers_that_were_not_kept_make_a_round_invalid(stored: int | None, right: bool) -> None:
    answered = Seen(requests=10, seconds=1.0, p50_ms=1.0, p99_ms=2.0, errors={})
    assert (find_problem(_MANY, answered, stored) is None) is right


def test_errors_and_silence_make_a_round_invalid() -> None:
    failed = Seen(requests=10, seconds=1.0, p50_ms=1.0, p99_ms=2.0, errors={"status": 2, "timeout": 1})
    silent = Seen(requests=0, seconds=1.0, p50_ms=0.0, p99_ms=0.0, errors={})
    assert find_problem(_ONE, failed, None) == "3 of 10 failed (status, timeout)"
    assert find_problem(_ONE, silent, None) == "no request was answered"
