from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from infra.domain.errors import DataError
from infra.spill.payload import packed, unpacked
from tests.contracts.building import after, prediction

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=10)
FEATURE = st.one_of(
    st.none(), st.booleans(), TEXT, st.integers(-(2**63), 2**63 - 1), st.floats(allow_nan=False, allow_infinity=False)
)


@given(st.dictionaries(TEXT, FEATURE, max_size=4), st.one_of(TEXT, st.floats(-1e9, 1e9)), st.floats(0, 1e6))
@settings(max_examples=50, deadline=None)
def test_a_prediction_comes_back_exactly(features: dict[str, object], value: object, hours: float) -> None:
    one = prediction(
        "one",
        features=features,
        value=value,
        time=after(hours),
        probabilities={"UP": 0.1 + 0.2},
        confidence=1e-17,
        unknown_categories=("region",),
        abstained=True,
    )
    (back,) = unpacked(packed([one]))
    assert back == one
    assert [type(back.features[name]) for name in features] == [type(value) for value in features.values()]
    assert type(back.value) is type(value)


def test_several_keep_their_order() -> None:
    given_ones = [prediction(f"p{n}", features={"load": n}) for n in range(5)]
    assert unpacked(packed(given_ones)) == given_ones


@pytest.mark.parametrize(
    "changes",
    [
        {"features": {"load": float("nan")}},
        {"features": {"load": 2**70}},
        {"value": float("inf")},
        {"features": {"load": "\ud800"}},
        {"id": "\ud800"},
    ],
    ids=str,
)
def test_what_the_database_could_not_hold_is_refused_at_once(changes: dict[str, Any]) -> None:
    with pytest.raises(DataError, match=r"cannot be stored|send null"):
        packed([replace(prediction("one"), **changes)])


@pytest.mark.parametrize("payload", [b"[{}]", b"[1]", b"no JSON", b'[{"time": "x", "unknown_categories": []}]'])
def test_what_says_something_else_is_an_error_about_data(payload: bytes) -> None:
    with pytest.raises(DataError, match="do not say what predictions say"):
        unpacked(payload)
