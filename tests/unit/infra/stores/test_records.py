from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from types import MappingProxyType

import numpy as np
import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from infra.domain.alerts import Alert
from infra.domain.decisions import PromotionDecision
from infra.domain.errors import DataError
from infra.domain.windows import DriftReport, PerformanceReport, Window
from infra.stores.records import from_row, kept, to_row
from tests.contracts.building import alert, decision, drift, performance, window


def through_json(record: object) -> dict[str, object]:
    """As a table keeps it: moments and plain values as they are, the rest as JSON text."""
    row = to_row(record)
    return {
        name: orjson.loads(orjson.dumps(value)) if isinstance(value, dict | list) else value
        for name, value in row.items()
    }


@pytest.mark.parametrize(
    "record",
    [
        window(1, drift=drift(), performance=performance()),
        window(1, versions=()),
        drift(),
        performance(),
        decision(1, reasons=()),
        decision(2, previous_version=1, run_id="r"),
        alert("a"),
    ],
)
def test_a_record_comes_back_equal(record: object) -> None:
    found = from_row(type(record), through_json(record))
    assert found == record
    assert repr(found) == repr(record)


_NUMBERS = st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False, allow_infinity=False)
_FIGURES = st.none() | _NUMBERS | st.text()


@settings(max_examples=50)
@given(evidence=st.dictionaries(st.text(), _FIGURES, max_size=4))
def test_evidence_keeps_values_and_kinds(evidence: dict[str, float | int | str | None]) -> None:
    found = kept(alert("a", evidence=evidence)).evidence
    assert repr(dict(found)) == repr(evidence)


def test_a_copy_shares_nothing_with_the_original() -> None:
    evidence: dict[str, float | int | str | None] = {"rows": 1}
    copy = kept(alert("a", evidence=evidence))
    evidence["rows"] = 2
    assert copy.evidence == {"rows": 1}


def test_any_mapping_and_numpy_floats_are_kept_as_plain_values() -> None:
    given_evidence: Mapping[str, float | int | str | None] = MappingProxyType({"accuracy": np.float64(0.5)})
    found = kept(alert("a", evidence=given_evidence)).evidence
    assert {name: type(value) for name, value in found.items()} == {"accuracy": float}


def test_moments_are_turned_to_utc() -> None:
    east = datetime(2026, 3, 1, 20, 30, 0, 5, tzinfo=timezone(timedelta(hours=9)))
    assert to_row(alert("a", opened_at=east))["opened_at"] == datetime(2026, 3, 1, 11, 30, 0, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("broken", "where"),
    [
        (alert("a", evidence={"x": float("nan")}), r"Alert.evidence.x is nan"),
        (alert("a", evidence={"x": 2**63}), r"Alert.evidence.x"),
        (alert("a", evidence={"x": np.int64(3)}), "int64"),
        (window(0, performance=performance(), rows=np.int64(3)), "int64"),
        (decision(1, reasons=(float("inf"),)), r"PromotionDecision.reasons\[0\] is inf"),
    ],
)
def test_what_cannot_be_kept_is_refused_and_named(broken: object, where: str) -> None:
    with pytest.raises(DataError, match=where):
        to_row(broken)


@pytest.mark.parametrize(
    ("kind", "row"),
    [
        (Alert, {"id": "a"}),
        (Window, {**to_row(window(1)), "state": "half"}),
        (DriftReport, {**to_row(drift()), "reference_rows": "many"}),
        (PerformanceReport, {**to_row(performance()), "slices": [{"column": "x"}]}),
        (PromotionDecision, {**to_row(decision(1)), "reasons": None}),
    ],
)
def test_a_row_that_another_program_spoiled_is_refused_and_named(kind: type[object], row: dict[str, object]) -> None:
    with pytest.raises(DataError, match=kind.__name__):
        from_row(kind, row)


def test_columns_that_are_no_fields_are_passed_over() -> None:
    assert from_row(Alert, {**to_row(alert("a")), "arrival": 7}) == alert("a")


@dataclass(frozen=True, kw_only=True, slots=True)
class _Nested:
    moments: tuple[tuple[datetime, ...], ...]
    by_name: Mapping[str, tuple[int | None, ...]] | None


def test_nested_tuples_of_moments_and_mappings_come_back() -> None:
    moment = datetime(2026, 3, 1, 1, 2, 3, 4, tzinfo=UTC)
    nested = _Nested(moments=((moment, moment), ()), by_name={"é": (1, None)})
    assert from_row(_Nested, through_json(nested)) == nested
    assert kept(_Nested(moments=(), by_name=None)) == _Nested(moments=(), by_name=None)


def test_only_records_are_taken() -> None:
    with pytest.raises(TypeError, match="not a record"):
        to_row({"id": "a"})
