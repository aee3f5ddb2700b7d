"""Only a confirmed weak slice is told, and as information."""

from __future__ import annotations

from dataclasses import replace

from infra.domain.windows import WeakSlice
from monitoring.weak_slice_rules import WEAK_SLICE, judge_weak_slices
from tests.unit.monitoring.building import champion, report, window


def _slice(where: str, *, confirmed: bool, p_value: float = 1e-4) -> WeakSlice:
    return WeakSlice(where=where, rows=80, score=0.7, elsewhere=0.9, p_value=p_value, confirmed=confirmed)


def test_what_waits_is_not_told() -> None:
    held = window(performance=replace(report(0.9), weak=(_slice("a = b", confirmed=False),)))
    found = judge_weak_slices(held, champion())
    assert found.breaches == ()
    assert found.judged == {WEAK_SLICE}


def test_the_least_likely_confirmed_slice_is_named_and_the_others_counted() -> None:
    weak = (_slice("a = b", confirmed=True), _slice("t > 2.0", confirmed=True, p_value=1e-9))
    (breach,) = judge_weak_slices(window(performance=replace(report(0.9), weak=weak)), champion()).breaches
    assert breach.severity == "info"
    assert breach.message.startswith("Where t > 2.0: accuracy 0.7 on 80 labelled rows, 0.9 elsewhere")
    assert breach.message.endswith("And 1 more.")
    assert (breach.evidence["where"], breach.evidence["slices"]) == ("t > 2.0", 2)


def test_a_window_that_was_not_measured_or_was_answered_by_others_is_not_judged() -> None:
    weak = replace(report(0.9), weak=(_slice("a = b", confirmed=True),))
    for held in (window(), window(performance=weak, versions=(2,)), window(performance=weak, versions=(1, 2))):
        assert judge_weak_slices(held, champion()).judged == frozenset()
