from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from infra.domain.windows import DriftReport, Window
from monitoring.drift import drift_report
from monitoring.faults import faults_of
from monitoring.profiles import ReferenceProfile, profile_reference
from monitoring.quality import quality_findings, stale_finding
from monitoring.quality_rules import DATA_QUALITY, judge_quality
from monitoring.rules import INPUT_DRIFT, judge_inputs
from monitoring.tallies import tally_of
from tests.unit.monitoring.building import START, drifted, spec, window

KINDS = {
    "x": "numeric",
    "level": "numeric",
    "shop": "categorical",
    "shift": "categorical",
    "prediction": "categorical",
}
SPEC = spec()
BEFORE = replace(window(), end=START)


def rows(count: int, rng: np.random.Generator) -> pd.DataFrame:
    """Heavy tails, 1 % missing, a shift that lasts fifty rows, and every fiftieth row sent twice."""
    frame = pd.DataFrame(
        {
            "x": rng.standard_t(3, count),
            "level": rng.gamma(2.0, 10.0, count),
            "shop": rng.choice(["north", "south", "far"], count, p=[0.6, 0.395, 0.005]),
            "shift": np.array(["day", "night"])[(np.arange(count) + rng.integers(100)) // 50 % 2],
            "prediction": rng.choice(["up", "down"], count),
        }
    )
    frame.loc[rng.random(count) < 0.01, "x"] = np.nan
    twice = np.flatnonzero(rng.random(count - 1) < 0.02)
    frame.iloc[twice + 1] = frame.iloc[twice].to_numpy()
    return frame


REFERENCE = profile_reference(rows(5_000, np.random.default_rng(0)), KINDS)


def report_of(frame: pd.DataFrame, reference: ReferenceProfile = REFERENCE) -> DriftReport:
    tally, rules = tally_of(reference, [frame]), SPEC.monitoring
    quality = quality_findings(reference, tally, alpha=rules.alpha, minimum_rows=rules.minimum_rows)
    return drift_report(reference, tally, alpha=rules.alpha, minimum_effect=rules.drift_effect, quality=quality)


def rules_of(broken: Window) -> set[str]:
    return {breach.rule for breach in (judge_inputs(broken, SPEC) | judge_quality(broken)).breaches}


def test_clean_windows_raise_no_alert() -> None:
    noisy = 0
    for seed in range(6):
        rng = np.random.default_rng(seed)
        reference = profile_reference(rows(1_000 if seed % 2 else 3_000, rng), KINDS)
        for _ in range(50):
            size = int(rng.choice([30, 100, 500]))
            noisy += bool(judge_quality(window(rows=size, drift=report_of(rows(size, rng), reference))).breaches)
    assert noisy <= 3  # of 300


def _stuck(frame: pd.DataFrame) -> None:
    frame["level"] = 21.5


def _one_shop(frame: pd.DataFrame) -> None:
    frame["shop"] = "south"


def _missing(frame: pd.DataFrame) -> None:
    frame.loc[frame.index % 10 < 3, "x"] = np.nan


def _shop_missing(frame: pd.DataFrame) -> None:
    frame.loc[frame.index % 10 < 3, "shop"] = None


def _thousandfold(frame: pd.DataFrame) -> None:
    frame["level"] *= 1_000.0


def _sentinel(frame: pd.DataFrame) -> None:
    frame.loc[::25, "x"] = -9_999.0


def _text(frame: pd.DataFrame) -> None:
    frame["x"] = frame["x"].astype(object)
    frame.loc[::20, "x"] = "n/a"


def _resent(frame: pd.DataFrame) -> None:
    frame.iloc[300:] = frame.iloc[100:300].to_numpy()


def _same_row(frame: pd.DataFrame) -> None:
    frame.iloc[300:] = frame.iloc[[0] * 200].to_numpy()


@pytest.mark.parametrize(
    ("spoil", "named", "words"),
    [
        (_stuck, "level", "level: every value is 21.5; the reference has"),
        (_one_shop, "shop", "shop: every value is south; the reference has 3 categories."),
        (_missing, "x", "of the values are missing, 1.1% in the reference."),
        (_shop_missing, "shop", "shop: 30.0% of the values are missing, 0.0% in the reference."),
        (_thousandfold, "level", "as if in another unit or no measurement."),
        (_sentinel, "x", "and reach -9999, as if in another unit"),
        (_text, "x", "x: 25 of 500 values are no numbers; the reference has numbers only."),
        (_resent, "repeated rows", "of the rows repeat one shortly before, 1.6% in the reference."),
        (_same_row, "repeated rows", "of the rows repeat one shortly before, 1.6% in the reference."),
    ],
)
def test_a_fault_is_told_once_in_the_first_window(
    spoil: Callable[[pd.DataFrame], None], named: str, words: str
) -> None:
    for seed in range(10, 20):
        frame = rows(500, np.random.default_rng(seed))
        spoil(frame)
        broken = window(3, drift=report_of(frame))
        (breach,) = judge_quality(broken).breaches
        assert (breach.rule, breach.severity, breach.named) == (DATA_QUALITY, "warning", (named,))
        assert breach.message.startswith("A fault in the data of 500 rows. ")
        assert words in breach.message
        assert (breach.evidence["window"], breach.evidence["last_seq"]) == (3, broken.last_seq)
        assert INPUT_DRIFT not in rules_of(broken)  # the same cause


def test_faults_of_several_columns_are_named_with_that_of_most_rows_first() -> None:
    frame = rows(500, np.random.default_rng(7))
    _missing(frame)
    _stuck(frame)
    (breach,) = judge_quality(window(drift=report_of(frame))).breaches
    assert breach.named == ("level", "x")  # that rows repeat as well is of the same cause
    assert breach.message.startswith("2 faults in the data of 500 rows. level: every value is 21.5;")
    assert breach.evidence["largest_share"] == 1.0


def _shifted(frame: pd.DataFrame) -> None:
    frame["level"] += 30.0  # up to a tenth of it beyond the range


def _halved(frame: pd.DataFrame) -> None:
    frame["level"] /= 1_000.0  # within ten widths: a shift like any other


def _walked(frame: pd.DataFrame) -> None:
    frame["level"] = 1e6 + np.arange(len(frame)) / 10.0


def _new(frame: pd.DataFrame) -> None:
    frame.loc[::5, "shop"] = "moon"


def _all_new(frame: pd.DataFrame) -> None:
    frame["shop"] = "7"


def _few_missing(frame: pd.DataFrame) -> None:
    frame.loc[::25, "x"] = np.nan


def _typing_error(frame: pd.DataFrame) -> None:
    frame.loc[3, "level"] = 1e9


def _same_answer(frame: pd.DataFrame) -> None:
    frame["prediction"] = "up"


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (_shifted, "values a little beyond the range are drift"),
        (_halved, "values far from the usual ones but near the range are drift"),
        (_walked, "a counter goes far in the end, step by step"),
        (_new, "new categories have a rule of their own"),
        (_all_new, "a column stuck at a new category is one of them"),
        (_few_missing, "three points more missing are noted, not told"),
        (_typing_error, "one value is not worth a person's while"),
        (_same_answer, "answers have a rule of their own"),
    ],
)
def test_what_other_rules_tell_or_nobody_needs_is_no_fault(change: Callable[[pd.DataFrame], None], why: str) -> None:
    frame = rows(500, np.random.default_rng(8))
    change(frame)
    found = judge_quality(window(drift=report_of(frame)))
    assert not found.breaches, why
    assert found.judged == {DATA_QUALITY}


def test_a_column_that_stood_still_as_long_in_the_reference_is_not_stuck() -> None:
    still = rows(90, np.random.default_rng(9)).assign(shift="night")
    assert not faults_of(report_of(still))
    unknown = replace(REFERENCE, runs={})
    assert [fault.column for fault in faults_of(report_of(still, unknown))] == ["shift"]


def test_a_shift_larger_than_the_faults_explain_is_drift_as_well() -> None:
    frame = rows(500, np.random.default_rng(10))
    frame["x"] += 3.0
    frame.loc[::10, "x"] = np.nan
    _stuck(frame)
    broken = window(drift=report_of(frame))
    assert rules_of(broken) >= {DATA_QUALITY, INPUT_DRIFT}
    (drift,) = [breach for breach in judge_inputs(broken, SPEC).breaches if breach.rule == INPUT_DRIFT]
    assert drift.named == ("x",)


def test_timestamps_that_stand_still_explain_no_drift() -> None:
    stale = stale_finding(rows=500, end=BEFORE.end, end_before=BEFORE.end)
    assert stale is not None
    noted = replace(drifted([True, True, False]), quality=(stale,))
    assert rules_of(window(drift=noted)) == {INPUT_DRIFT}
    told = window(drift=replace(noted, quality=(replace(stale, serious=True),)))
    assert rules_of(told) == {INPUT_DRIFT, DATA_QUALITY}
    (breach,) = judge_quality(told).breaches
    assert breach.named == ("timestamps",)
    assert breach.message.endswith("none is newer than 2024-01-01T00:00:00+00:00: timestamps do not advance.")


def test_a_window_that_was_not_compared_says_nothing() -> None:
    assert judge_quality(window()).judged == frozenset()
