"""Estimates are held against labels; an estimator that misses is muted, and heard again when it holds up."""

from __future__ import annotations

from dataclasses import replace

import pytest

from infra.domain.windows import Window
from monitoring.estimate_audit import audit_estimates, reconcile
from tests.unit.monitoring.building import report, window
from tests.unit.monitoring.estimating import estimated


def _windows(held: str) -> list[Window]:
    """A window for each letter: `h` held, `m` missed."""
    return [
        window(index, performance=report(0.9 if letter == "h" else 0.7), rows=500) for index, letter in enumerate(held)
    ]


def _audited(held: str) -> list[Window]:
    return [replace(one, estimate=estimated(0.9)) for one in _windows(held)]


@pytest.mark.parametrize(
    ("held", "muted", "why"),
    [
        ("", False, "nothing is known of it"),
        ("h" * 20, False, "it held"),
        ("m", False, "one miss may be chance"),
        ("h" * 10 + "m", False, "one miss may be chance"),
        ("h" * 18 + "mm", True, "two of twenty are too many for 99 %"),
        ("mm" + "h" * 7, True, "not long enough since"),
        ("mm" + "h" * 8, False, "eight in a row held"),
        ("mm" + "h" * 8 + "m", True, "it misses again"),
        ("mm" + "h" * 19 + "m", False, "only the newest twenty speak"),
    ],
)
def test_muting(held: str, muted: bool, why: str) -> None:
    audit = audit_estimates(_audited(held), alpha=0.01)
    assert audit.muted is muted, why
    assert bool(audit.why) is muted


def test_coverage_is_published_with_an_interval() -> None:
    audit = audit_estimates(_audited("h" * 15 + "m"), alpha=0.01)
    assert (audit.audited, audit.coverage) == (16, 15 / 16)
    assert audit.low is not None
    assert audit.high is not None
    assert audit.low < 15 / 16 < audit.high
    assert audit.mean_error == pytest.approx(-0.2 / 16)


def test_the_order_of_the_windows_does_not_matter() -> None:
    windows = _audited("hhmhmhhh")
    assert audit_estimates(windows[::-1], alpha=0.01) == audit_estimates(windows, alpha=0.01)


def test_nothing_reconciled_is_unknown() -> None:
    audit = audit_estimates(_windows("hhh"), alpha=0.01)
    assert (audit.audited, audit.coverage, audit.low, audit.mean_error) == (0, None, None, None)


def test_too_few_labels_do_not_judge_an_estimate() -> None:
    measured = replace(report(0.5), labelled=200)
    assert reconcile(replace(window(performance=measured), estimate=estimated(0.9))) is None


def test_a_measured_value_from_some_of_the_rows_may_be_off_by_its_own_sampling() -> None:
    whole = replace(window(performance=report(0.86, half=0.04)), estimate=estimated(0.9, half=0.03))
    part = replace(whole, performance=replace(report(0.86, half=0.04), labelled=260))
    missed, held = reconcile(whole), reconcile(part)
    assert missed is not None
    assert held is not None
    assert (missed.inside, held.inside) == (False, True)
