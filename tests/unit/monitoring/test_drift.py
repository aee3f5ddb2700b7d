from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from infra.domain.windows import ColumnDrift, DriftReport
from monitoring.columns import Compared, Method
from monitoring.drift import drift_report, worth_asking

KINDS = {"x": "numeric", "shift": "categorical", "ok": "boolean", "prediction": "categorical", "row": "carried"}


def _frame(n: int = 500, seed: int = 0, move: float = 0.0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "x": rng.normal(move, 1.0, n),
            "shift": rng.choice(["day", "night"], n),
            "ok": rng.random(n) < 0.5,
            "prediction": rng.choice(["good", "bad"], n),
            "row": np.arange(n),
        }
    )


def _report(reference: pd.DataFrame, current: pd.DataFrame, kinds: dict[str, str] | None = None) -> DriftReport:
    return drift_report(reference, current, kinds or KINDS, alpha=0.01, minimum_effect=0.1)


def _column(report: DriftReport, name: str) -> ColumnDrift:
    return next(column for column in report.columns if column.column == name)


def test_nothing_drifted_where_nothing_moved() -> None:
    report = _report(_frame(seed=1), _frame(seed=2))
    assert [column.column for column in report.columns] == ["x", "shift", "ok", "prediction"]
    assert not any(column.drifted for column in report.columns)
    assert report.drifted_share == 0.0
    assert report.not_judged is None


def test_half_a_standard_deviation_is_found_with_evidently_s_score() -> None:
    reference, current = _frame(seed=1), _frame(seed=2, move=0.5)
    report = _report(reference, current)
    moved = _column(report, "x")
    assert (moved.drifted, moved.method, moved.role) == (True, "ks", "feature")
    assert moved.score == pytest.approx(stats.ks_2samp(reference["x"], current["x"]).pvalue)
    assert report.drifted_share == pytest.approx(1 / 3)


def test_a_tiny_shift_in_very_many_rows_is_no_drift() -> None:
    column = {"x": "numeric"}
    report = _report(_frame(200_000, seed=1), _frame(200_000, seed=2, move=0.05), column)
    moved = _column(report, "x")
    assert moved.score < 1e-6
    assert not moved.drifted


def test_fifty_clean_columns_do_not_cry_wolf() -> None:
    rng = np.random.default_rng(7)
    names = {f"c{place}": "numeric" for place in range(50)}
    reference = pd.DataFrame(rng.normal(size=(500, 50)), columns=list(names))
    alarms = 0
    for _ in range(20):
        current = pd.DataFrame(rng.normal(size=(100, 50)), columns=list(names))
        report = drift_report(reference, current, names, alpha=0.01, minimum_effect=0.05)
        alarms += any(column.drifted for column in report.columns)
    assert alarms <= 1


def test_new_and_missing_categories_raise_nothing_and_are_drift() -> None:
    current = _frame(seed=2)
    current["shift"] = ["weekend", None] * 250
    moved = _column(_report(_frame(seed=1), current), "shift")
    assert (moved.drifted, moved.method) == (True, "chisquare")
    assert moved.effect == pytest.approx(1.0)


def test_what_cannot_be_judged_is_named_with_its_reason() -> None:
    reference, current = _frame(seed=1), _frame(seed=2)
    reference["empty"], current["empty"] = np.nan, np.nan
    reference["text"], current["text"] = "a", "b"
    reference["gone"] = 1.0
    kinds = KINDS | {"empty": "numeric", "text": "numeric", "gone": "numeric"}
    report = _report(reference, current, kinds)
    assert report.not_judged == {
        "empty": "not enough data (0 of 30 values)",
        "text": "500 of 500 values are not numbers",
        "gone": "the window has no such column",
    }
    assert len(report.columns) == 4


def test_a_small_window_has_no_verdict() -> None:
    report = _report(_frame(seed=1), _frame(8, seed=2, move=9.0))
    assert report.columns == ()
    assert report.not_judged is not None
    assert report.not_judged["x"] == "not enough data (8 of 30 rows)"


@pytest.mark.parametrize("dtype", ["Int64", "float32", "int8", object])
def test_unusual_types_are_judged_like_any_other(dtype: object) -> None:
    reference = pd.DataFrame({"x": pd.Series(np.arange(100) % 7).astype(dtype)})
    current = pd.DataFrame({"x": pd.Series(np.arange(100) % 7 + 5).astype(dtype)})
    assert _column(_report(reference, current, {"x": "numeric"}), "x").drifted


def test_constant_and_huge_columns_are_judged() -> None:
    reference = pd.DataFrame({"x": [1.0] * 100, "y": np.arange(100) * 1e305})
    current = pd.DataFrame({"x": [2.0] * 100, "y": np.arange(100) * 1e305 + 5e306})
    report = _report(reference, current, {"x": "numeric", "y": "numeric"})
    assert all(column.drifted for column in report.columns)


def test_evidently_is_asked_only_about_the_columns_that_moved_most() -> None:
    def compared(effect: float, p_value: float = 0.0, method: Method = "ks") -> Compared:
        nothing = pd.Series(dtype=float)
        return Compared(method=method, effect=effect, p_value=p_value, reference=nothing, current=nothing)

    found = {f"c{place:02}": compared(0.01 * place) for place in range(60)}
    assert list(worth_asking(found, 0.01, 0.1)) == [f"c{place}" for place in range(59, 39, -1)]
    others = {"small": compared(0.05), "chance": compared(0.5, 0.02), "gone": compared(1.0, 0.0, "missing_share")}
    assert worth_asking(others, 0.01, 0.1) == {}
