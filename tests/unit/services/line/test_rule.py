from __future__ import annotations

import numpy as np
import pytest

from infra.domain.errors import DataError
from services.line.production import Production
from services.line.rule import Catch, FixedRule, count_catch, fit_rule, measure


def test_measures_are_of_the_inspected_zone_in_grey_levels() -> None:
    picture = np.full((1, 32, 32), 100, dtype=np.uint8)
    picture[0, :3] = 255
    picture[0, 10:13, 10:13] = 40
    darkest, brightest, edges = measure(picture)[0]
    assert (darkest, brightest) == (40, 100)
    assert edges > 10
    assert measure(np.full((1, 32, 32), 100, dtype=np.uint8)).tolist() == [[100, 100, 0]]


@pytest.mark.parametrize("bound", [0.01, 0.05, 0.2])
def test_false_alarms_where_it_was_set_stay_within_the_bound(steady: Production, bound: float) -> None:
    rule = fit_rule(steady.pictures, steady.defect, bound)
    rate = count_catch(rule.judge(steady.pictures), steady.defect).false_alarm_rate
    assert rate is not None
    assert 0.5 * bound < rate <= bound


def test_catches_two_thirds_of_unseen_defects_with_few_false_alarms(steady: Production) -> None:
    rule = fit_rule(steady.pictures[:1600], steady.defect[:1600])
    catch = count_catch(rule.judge(steady.pictures[1600:]), steady.defect[1600:])
    assert catch.catch_rate == pytest.approx(0.67, abs=0.08)
    assert catch.false_alarm_rate is not None
    assert catch.false_alarm_rate < 0.09


def test_aged_lamp_floods_the_rule_with_false_alarms(drifting: Production) -> None:
    steady_rows = drifting.changes[0].first_row
    rule = fit_rule(drifting.pictures[:steady_rows], drifting.defect[:steady_rows])
    aged = slice(drifting.changes[1].first_row - 500, drifting.changes[1].first_row)
    rate = count_catch(rule.judge(drifting.pictures[aged]), drifting.defect[aged]).false_alarm_rate
    assert rate is not None
    assert rate > 0.25


def test_any_broken_limit_makes_a_defect() -> None:
    rule = FixedRule(darkest_at_least=50, brightest_at_most=150, edge_energy_at_most=20)
    even = [np.full((32, 32), level, dtype=np.uint8) for level in (100, 40, 160)]
    edged = even[0].copy()
    edged[:, 16:] = 145
    assert rule.judge(np.stack([*even, edged])) == ["good", "defect", "defect", "defect"]


def test_counts_catches_and_false_alarms() -> None:
    judged = ["defect", "good", "defect", "good", "good"]
    truth = ["defect", "defect", "good", "good", "good"]
    catch = count_catch(judged, truth)
    assert catch == Catch(caught=1, defects=2, false_alarms=1, good=3)
    assert catch.catch_rate == 0.5
    assert catch.false_alarm_rate == pytest.approx(1 / 3)


def test_rate_of_nothing_is_unknown() -> None:
    nothing = count_catch([], [])
    assert nothing.catch_rate is None
    assert nothing.false_alarm_rate is None


@pytest.mark.parametrize(("rows", "bound"), [(12, 0.05), (200, 0.0)])
def test_rule_is_not_set_on_too_few_good_parts(steady: Production, rows: int, bound: float) -> None:
    with pytest.raises(DataError, match="good parts cannot place limits"):
        fit_rule(steady.pictures[:rows], steady.defect[:rows], bound)
