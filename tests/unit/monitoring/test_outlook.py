from __future__ import annotations

from datetime import date, timedelta

import numpy as np

from monitoring.outlook import outlook_of

FIRST = date(2026, 1, 1)


def daily(amounts: list[float]) -> dict[date, float]:
    return {FIRST + timedelta(days=place): amount for place, amount in enumerate(amounts)}


def test_a_week_is_the_least_that_it_takes() -> None:
    assert outlook_of({}, FIRST) is None
    assert outlook_of(daily([1.0] * 6), date(2026, 1, 6)) is None
    assert outlook_of(daily([1.0] * 7), date(2026, 1, 7)) is not None


def test_steady_days_go_on_without_a_band() -> None:
    found = outlook_of(daily([2.0] * 20), date(2026, 1, 20))
    assert found is not None
    assert (found.month.value, found.month.low, found.month.high) == (62.0, 62.0, 62.0)
    assert found.year.value == 730.0
    assert "latest 20 days" in found.method


def test_days_that_cost_nothing_count() -> None:
    found = outlook_of({FIRST: 10.0}, date(2026, 1, 10))
    assert found is not None
    assert found.year.value == 365.0


def test_what_lies_after_today_and_before_the_latest_ninety_days_does_not_count() -> None:
    found = outlook_of({**daily([9.0] * 10 + [1.0] * 90), date(2026, 5, 1): 1e6}, FIRST + timedelta(days=99))
    assert found is not None
    assert (found.days, found.year.value) == (90, 365.0)


def test_the_band_of_the_month_holds_what_comes_in_nine_of_ten_cases() -> None:
    """Lumpy days: mostly small ones, and a retraining now and then. 400 histories; the band may miss 10 % ± 5."""
    rng, held = np.random.default_rng(7), 0
    for _ in range(400):
        days = rng.gamma(2.0, 0.05, 151) + (rng.random(151) < 0.2) * rng.gamma(3.0, 1.0, 151)
        found = outlook_of(daily(days[:130].tolist()), FIRST + timedelta(days=129))  # 10 May
        assert found is not None
        came = float(days[120:].sum())  # all of May
        held += found.month.low <= came <= found.month.high
    assert 0.85 <= held / 400 <= 0.95
