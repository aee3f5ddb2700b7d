from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from infra.domain.windows import ColumnDrift, DriftReport
from monitoring.columns import Compared
from monitoring.drift import drift_report
from monitoring.profiles import profile_reference
from monitoring.tallies import tally_of

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


def _report(
    reference: pd.DataFrame, current: pd.DataFrame, kinds: dict[str, str] | None = None, floor: float = 0.1
) -> DriftReport:
    profile = profile_reference(reference, kinds or KINDS)
    return drift_report(profile, tally_of(profile, [current]), alpha=0.01, minimum_effect=floor)


def _column(report: DriftReport, name: str) -> ColumnDrift:
    return next(column for column in report.columns if column.column == name)


def test_nothing_drifted_where_nothing_moved() -> None:
    report = _report(_frame(seed=1), _frame(seed=2))
    assert [column.column for column in report.columns] == ["x", "shift", "ok", "prediction"]
    assert not any(column.drifted for column in report.columns)
    assert report.drifted_share == 0.0
    assert report.not_judged is None


def test_half_a_standard_deviation_is_found_with_the_score_of_the_test() -> None:
    reference, current = _frame(seed=1), _frame(seed=2, move=0.5)
    report = _report(reference, current)
    moved = _column(report, "x")
    assert (moved.drifted, moved.method, moved.role) == (True, "ks", "feature")
    assert moved.score == pytest.approx(stats.ks_2samp(reference["x"], current["x"]).pvalue, abs=1e-3)
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
        report = _report(reference, current, names, floor=0.05)
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


def test_scores_are_evidently_s_to_a_thousandth() -> None:
    reference, current = _frame(2_000, seed=1), _frame(500, seed=2, move=0.1)
    reference["size"], current["size"] = np.exp(reference["x"]), np.exp(current["x"] * 1.1)
    kinds = {"x": "numeric", "size": "numeric", "shift": "categorical", "prediction": "categorical"}
    report = _report(reference, current, kinds)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # its own, about charts
        from evidently import DataDefinition, Dataset, Report
        from evidently.metrics import ValueDrift

        schema = DataDefinition(numerical_columns=["x", "size"], categorical_columns=["shift", "prediction"])
        metrics = [ValueDrift(column=name, method="ks" if kinds[name] == "numeric" else "chisquare") for name in kinds]
        data = [Dataset.from_pandas(frame[list(kinds)], schema) for frame in (current, reference)]
        results = Report(metrics, include_tests=False).run(*data).dict()["metrics"]
    theirs = {result["config"]["column"]: result["value"] for result in results}
    assert {column.column: column.score for column in report.columns} == pytest.approx(theirs, abs=1e-3)


def test_an_embedding_is_one_column_more_and_weights_come_with_the_reference() -> None:
    profile = profile_reference(_frame(seed=1), KINDS, weights={"x": 2.5, "shift": 0.1}, sampled="half of it")
    tally = tally_of(profile, [_frame(seed=2)])
    seen = Compared(method="domain_auc", score=0.9, effect=0.8, p_value=1e-9)
    report = drift_report(profile, tally, alpha=0.01, minimum_effect=0.1, embedding=seen)
    moved = _column(report, "(embedding)")
    assert (moved.role, moved.method, moved.score, moved.drifted) == ("embedding", "domain_auc", 0.9, True)
    assert {column.column: column.weight for column in report.columns} == {
        "x": 2.5,
        "shift": 0.1,
        "ok": 1.0,
        "prediction": 1.0,
        "(embedding)": 1.0,
    }
    assert report.sampled == "half of it"
    not_seen = drift_report(profile, tally, alpha=0.01, minimum_effect=0.1, embedding="not enough data (9 of 60 rows)")
    assert not_seen.not_judged == {"(embedding)": "not enough data (9 of 60 rows)"}


def test_the_answers_of_a_window_in_pieces_are_those_of_the_whole() -> None:
    reference, current = _frame(seed=1), _frame(1_200, seed=2, move=0.2)
    current.loc[::7, "x"] = np.nan
    profile = profile_reference(reference, KINDS)
    pieces = [current.iloc[start : start + 500] for start in range(0, 1_200, 500)]
    whole, parts = (
        drift_report(profile, tally_of(profile, chunks), alpha=0.01, minimum_effect=0.1)
        for chunks in ([current], pieces)
    )
    assert whole == parts
