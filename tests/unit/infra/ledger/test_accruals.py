from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from infra.domain.costs import amount_of
from infra.ledger.accruals import day_entry, share, storage_entries
from infra.ledger.pricing import Quantity
from infra.spec import ModelSpec
from tests.builders import START, spec

PRICED = spec(costs={"storage_gb_month": 0.5, "currency": "EUR"})
SIZES = {"snapshots": 2_000_000_000, "pages": 1_000_000_000}


def test_a_gigabyte_over_a_month_is_a_gigabyte_month_whatever_the_month_has_days() -> None:
    for month in (1, 2, 4):
        start = datetime(2024, month, 1, tzinfo=UTC)
        end = datetime(2024, month + 1, 1, tzinfo=UTC)
        entries = list(storage_entries(SIZES, PRICED, start=start, end=end))
        assert [entry.quantity for entry in entries] == pytest.approx([2.0, 1.0])
        assert amount_of(entries) == pytest.approx(1.5)


@settings(max_examples=50, deadline=None)
@given(hours=st.lists(st.integers(1, 2_000), min_size=1, max_size=6))
def test_spans_that_meet_sum_to_the_whole_and_each_lies_in_one_month(hours: list[int]) -> None:
    ends = [START + timedelta(hours=sum(hours[: place + 1])) for place in range(len(hours))]
    pieces = [
        entry
        for start, end in zip([START, *ends], ends, strict=False)
        for entry in storage_entries({"pages": 10**9}, PRICED, start=start, end=end)
    ]
    whole = list(storage_entries({"pages": 10**9}, PRICED, start=START, end=ends[-1]))
    assert sum(one.quantity for one in pieces) == pytest.approx(sum(one.quantity for one in whole))
    assert len({entry.id for entry in pieces}) == len(pieces)


def test_what_has_no_price_is_counted_all_the_same() -> None:
    (entry,) = storage_entries({"pages": 10**9}, spec(), start=START, end=START + timedelta(days=1))
    assert (entry.amount, entry.is_unpriced) == (None, True)
    assert entry.quantity == pytest.approx(1 / 31)


@pytest.mark.parametrize(
    "other",
    [
        spec(costs={"cpu_hour": 7200.0, "currency": "EUR"}),
        spec(cost_center="others"),
        spec(costs={"cpu_hour": 3600.0, "currency": "USD"}),
    ],
)
def test_a_day_on_which_payer_price_or_currency_changed_has_two_entries(other: ModelSpec) -> None:
    took = Quantity(stage="monitor", unit="cpu_second", amount=1.0, measured="clock")
    ids = {day_entry(took, one, at=START + timedelta(hours=hour)).id for hour in (1, 2) for one in (spec(), other)}
    assert len(ids) == 2


@given(total=st.floats(0, 1e6), weights=st.dictionaries(st.text(max_size=3), st.floats(0, 1e6), min_size=1, max_size=5))
def test_shares_sum_to_the_total(total: float, weights: dict[str, float]) -> None:
    assert sum(share(total, weights).values()) == pytest.approx(total)
