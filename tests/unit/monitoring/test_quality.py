from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import numpy as np
import pandas as pd
import pytest

from infra.domain.windows import QualityFinding
from infra.stores.records import kept
from monitoring.profiles import ReferenceProfile, profile_reference
from monitoring.quality import quality_findings, stale_finding
from monitoring.tallies import tally_of

KINDS = {"x": "numeric", "level": "numeric", "site": "categorical", "code": "categorical"}
CODES = [f"k{place}" for place in range(400)]


def _frame(rows: int, rng: np.random.Generator) -> pd.DataFrame:
    """Heavy tails, ties, a rare category, many rare categories, and some missing values."""
    x = rng.standard_t(3, rows)
    x[rng.random(rows) < 0.03] = np.nan
    return pd.DataFrame(
        {
            "x": x,
            "level": rng.poisson(2.0, rows).astype(float),
            "site": rng.choice(["north", "south", "far"], rows, p=[0.7, 0.295, 0.005]),
            "code": rng.choice(CODES, rows),
        }
    )


REFERENCE: ReferenceProfile = profile_reference(_frame(2_000, np.random.default_rng(0)), KINDS)


def _found(window: pd.DataFrame) -> tuple[QualityFinding, ...]:
    return quality_findings(REFERENCE, tally_of(REFERENCE, [window]), alpha=0.01)


def test_clean_windows_are_silent() -> None:
    noisy = 0
    for seed in range(1, 21):
        rng = np.random.default_rng(seed)
        reference = profile_reference(_frame(2_000, rng), KINDS)
        for rows in (30, 100, 100, 500, 500, 500, 500, 500, 500, 2_000):
            found = quality_findings(reference, tally_of(reference, [_frame(rows, rng)]), alpha=0.01)
            noisy += bool(found)
    assert noisy <= 2  # of 200


def _missing(frame: pd.DataFrame) -> None:
    frame.loc[::10, "x"] = None


def _new(frame: pd.DataFrame) -> None:
    frame.loc[::20, "site"] = "moon"


def _beyond(frame: pd.DataFrame) -> None:
    frame.loc[::20, "level"] = 999.0


def _text(frame: pd.DataFrame) -> None:
    frame["x"] = frame["x"].astype(object)
    frame.loc[3, "x"] = "n/a"


def _numbered(frame: pd.DataFrame) -> None:
    frame["site"] = "7"


def _stuck(frame: pd.DataFrame) -> None:
    frame["level"] = 2.0


def _repeated(frame: pd.DataFrame) -> None:
    frame.iloc[250:] = frame.iloc[:250].to_numpy()


@pytest.mark.parametrize(
    ("spoil", "kinds", "column", "share"),
    [
        (_missing, {"missing"}, "x", 0.13),
        (_new, {"new_categories"}, "site", 0.05),
        (_beyond, {"range"}, "level", 0.05),
        (_text, {"type"}, "x", 0.002),
        (_numbered, {"type", "new_categories", "constant"}, "site", 1.0),
        (_stuck, {"constant"}, "level", 1.0),
        (_repeated, {"duplicates"}, None, 0.5),
    ],
)
def test_what_is_wrong_is_named_with_its_column_and_share(
    spoil: Callable[[pd.DataFrame], None], kinds: set[str], column: str | None, share: float
) -> None:
    window = _frame(500, np.random.default_rng(99))
    spoil(window)
    found = _found(window)
    assert {finding.kind for finding in found} >= {next(iter(kinds))}
    assert {finding.kind for finding in found} <= kinds
    assert {finding.column for finding in found} == {column}
    assert found[0].share == pytest.approx(share, abs=0.03)
    assert all(finding.text for finding in found)
    assert tuple(kept(finding) for finding in found) == found  # a window that cannot be stored ends the monitor


def test_a_window_too_small_to_judge_has_no_findings() -> None:
    window = _frame(29, np.random.default_rng(3))
    _stuck(window)
    assert _found(window) == ()


def test_repeats_that_the_reference_has_as_well_are_no_finding() -> None:
    rng = np.random.default_rng(5)
    frame = pd.DataFrame({"site": rng.choice(["a", "b"], 2_000)})
    profile = profile_reference(frame, {"site": "categorical"})
    assert quality_findings(profile, tally_of(profile, [frame.iloc[:500]]), alpha=0.01) == ()


def test_timestamps_that_stand_still_are_stale() -> None:
    before = datetime(2024, 1, 1, tzinfo=UTC)
    assert stale_finding(rows=100, end=before + timedelta(seconds=1), end_before=before) is None
    found = stale_finding(rows=100, end=before, end_before=before)
    assert found is not None
    assert (found.kind, found.column) == ("stale", None)
