from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from infra.domain.alerts import Notice, Severity
from infra.spec import ModelSpec
from monitoring.alerting import advance, latest_at
from monitoring.joining import Since, joinings, listed, since_of
from monitoring.rules import Breach, Judgement, judge_inputs
from tests.unit.monitoring.building import START, drifted, spec, window
from tests.unit.monitoring.test_grouping import HOUR, MINUTE, SPEC, World, acknowledge

DRIFT = "input_drift"
DAY = timedelta(days=1)


def moved(*columns: str, index: int = 0, severity: Severity = "warning", rule: str = DRIFT) -> Judgement:
    """A judgement of one window in which these columns drifted; without any, an all-clear."""
    breach = Breach(
        rule=rule,
        severity=severity,
        dedup_key=f"m:{rule}",
        message=f"{len(columns)} columns drifted.",
        evidence={"window": index, "last_seq": 500 * (index + 1)},
        named=columns,
    )
    return Judgement(breaches=(breach,) if columns else (), judged=frozenset({rule}))


def events(world: World) -> list[str]:
    return [notice.event for notice in world.notices.values()]


def test_a_column_that_joins_a_standing_alert_is_told_once_with_its_name_and_window() -> None:
    world = World()
    world.look(moved("price", "demand"), START)
    for index in range(1, 16):
        assert world.look(moved("price", "demand", index=index), START + index * MINUTE) == []
    (again,) = world.look(moved("price", "demand", "vicprice", "transfer", index=16), START + HOUR)
    assert (again.event, again.subject) == ("joined", f"[warning] m: more in {DRIFT}: vicprice, transfer")
    assert "new since this was last told: vicprice, transfer since window 16 (2024-01-01 01:00 UTC)" in again.body
    assert "4 columns drifted. Also vicprice, transfer since window 16 (2024-01-01 01:00 UTC)." in again.body
    assert again.alert_ids == (world.only().id,)
    assert world.look(moved("price", "vicprice", "transfer", index=17), START + 2 * HOUR) == []


def test_the_evidence_keeps_for_each_column_since_when_it_is_named() -> None:
    world = World()
    world.look(moved("price", index=3), START)
    world.look(moved("price", "demand", index=4), START + HOUR)
    world.look(moved("demand", index=5), START + 2 * HOUR)
    begun, joined = Since(at=START, window=3), Since(at=START + HOUR, window=4)
    assert since_of(world.only().evidence) == {"price": begun, "demand": joined}
    assert joinings(world.only().evidence) == [(begun, ["price"]), (joined, ["demand"])]
    world.look(moved(), START + 3 * HOUR)
    assert since_of(world.only().evidence) == {"price": begun, "demand": joined}
    assert (world.only().opened_at, latest_at(world.only())) == (START, START + 2 * HOUR)


def test_what_left_is_not_said_to_have_joined() -> None:
    world = World()
    world.look(moved("price"), START)
    world.look(moved("price", "demand", index=1), START + HOUR)
    world.look(moved("price", "wind", index=2), START + 2 * HOUR)
    assert world.only().message == "2 columns drifted. Also wind since window 2 (2024-01-01 02:00 UTC)."


@pytest.mark.parametrize("step", [MINUTE, DAY])
def test_a_column_that_leaves_and_comes_back_a_hundred_times_is_told_twice_at_most(step: timedelta) -> None:
    world, at = World(), START
    for index in range(200):
        world.look(moved("price", *(["demand"] if index % 2 else []), index=index), at)
        acknowledge(world)
        at += step
    assert events(world) == ["opened", "joined"]


def test_a_column_is_known_while_nobody_was_told_that_the_alert_is_resolved() -> None:
    world, at = World(), START
    for index in range(100):
        world.look(moved(*(["price"] if index % 4 == 0 else []), index=index), at)
        acknowledge(world)
        at += MINUTE / 2
    assert len(world.alerts) > 20
    assert events(world) == ["opened"]
    (again,) = world.look(moved("price", "demand", index=100), at + HOUR)
    assert (again.event, "demand" in again.subject, "price" in again.subject) == ("joined", True, False)
    for index in range(101, 104):
        world.look(moved(index=index), at + 2 * HOUR)
        at += HOUR
    world.look(Judgement(), at + DAY)
    assert events(world)[-1] == "resolved"
    assert [one.event for one in world.look(moved("demand", index=110), at + 2 * DAY)] == ["opened"]


def test_what_joins_within_a_groups_interval_is_told_at_its_end_also_when_it_left_meanwhile() -> None:
    world = World()
    world.look(moved("price"), START)
    assert world.look(moved("price", "demand", index=1), START + MINUTE) == []
    assert world.look(moved("price", "wind", index=2), START + 2 * MINUTE) == []
    (together,) = world.look(moved("price", index=3), START + 5 * MINUTE)
    assert together.subject.endswith("demand, wind")
    assert "new since this was last told: demand since window 1" in together.body


def test_an_acknowledged_alert_is_told_again_and_stays_acknowledged() -> None:
    world = World()
    world.look(moved("price"), START)
    acknowledge(world)
    (again,) = world.look(moved("price", "demand", index=1), START + HOUR)
    assert (again.event, world.only().state) == ("joined", "acknowledged")
    assert world.look(Judgement(), START + DAY) == []


def test_a_silence_holds_back_what_joins_until_it_ends() -> None:
    world = World()
    world.look(moved("price"), START)
    hushed = replace(world.only(), state="silenced", silenced_until=START + 3 * HOUR)
    world.alerts[hushed.id] = hushed
    assert world.look(moved("price", "demand", index=1), START + HOUR) == []
    (again,) = world.look(Judgement(), START + 3 * HOUR)
    assert (again.event, again.subject) == ("joined", f"[warning] m: more in {DRIFT}: demand")


def test_a_rise_from_info_is_told_with_all_that_it_names_and_a_joining_below_the_bar_is_not() -> None:
    world = World()
    assert world.look(moved("price", severity="info"), START) == []
    assert world.look(moved("price", "demand", index=1, severity="info"), START + HOUR) == []
    (told,) = world.look(moved("price", "demand", index=2), START + 2 * HOUR)
    assert (told.event, told.group) == ("opened", "m:warning")
    assert world.look(moved("price", "demand", index=3), START + 3 * HOUR) == []


def test_a_rise_and_a_joining_at_once_are_one_notice() -> None:
    world = World()
    world.look(moved("price"), START)
    (worse,) = world.look(moved("price", "demand", index=1, severity="critical"), START + HOUR)
    assert (worse.event, worse.group) == ("opened", "m:critical")
    assert "new since this was last told: demand since window 1" in worse.body
    assert world.look(moved("price", "demand", index=2, severity="critical"), START + 2 * HOUR) == []


def test_a_joining_is_told_with_what_opens_beside_it() -> None:
    world = World()
    world.look(moved("price"), START)
    both = (*moved("price", "demand", index=1).breaches, *moved("wind", index=1, rule="data_quality").breaches)
    (told,) = world.look(Judgement(breaches=both, judged=frozenset({DRIFT})), START + HOUR)
    assert (told.event, len(told.alert_ids)) == ("opened", 2)
    assert "new since this was last told: demand" in told.body


def test_every_target_hears_what_it_has_not_heard() -> None:
    world = World()
    world.look(moved("price"), START)
    world.look(moved("price", "demand", index=1), START + HOUR)
    two = spec(alerts={"notify": ["chat", "pager"]})
    (first,) = world.look(moved("price", "demand", index=2), START + 2 * HOUR, two)
    assert (first.target, first.event) == ("pager", "opened")
    both = world.look(moved("price", "demand", "wind", index=3), START + 3 * HOUR, two)
    assert [(one.target, one.event) for one in both] == [("chat", "joined"), ("pager", "joined")]


@pytest.mark.parametrize("late", [timedelta(0), MINUTE, 3 * HOUR])
def test_a_window_that_is_judged_long_after_it_ended_is_news_all_the_same(late: timedelta) -> None:
    """Reminders are made by the wall clock, and may be younger than the end of the window in which a column joined."""
    world = World()
    world.look(moved("price"), START)
    (reminder,) = world.look(Judgement(), START + 4 * HOUR)
    assert reminder.event == "reminder"
    found = world.look(moved("price", "demand", index=1), reminder.created_at - late)
    found += world.look(Judgement(), START + 5 * HOUR)
    assert [one.event for one in found] == ["joined"]
    assert world.look(Judgement(), START + 6 * HOUR) == []


def test_an_alert_that_was_kept_without_names_begins_with_those_it_is_found_with() -> None:
    world = World()
    world.look(moved("price"), START)
    bare = {key: value for key, value in world.only().evidence.items() if not key.startswith("since ")}
    world.alerts[world.only().id] = replace(world.only(), evidence=bare)
    assert world.look(moved("price", "demand", index=1), START + HOUR) == []
    assert [one.event for one in world.look(moved("price", "wind", index=2), START + 2 * HOUR)] == ["joined"]


def test_a_drift_of_inputs_names_its_columns_and_the_answers_are_not_among_them() -> None:
    judged = judge_inputs(window(3, drift=drifted([True, False, True], prediction=True)), SPEC)
    assert {breach.rule: breach.named for breach in judged.breaches} == {
        DRIFT: ("c0", "c2"),
        "prediction_drift": (),
    }


def test_rules_that_name_nothing_keep_nothing() -> None:
    (alert,) = advance([], moved("price"), SPEC, at=START)
    assert since_of(replace(alert, evidence={"figure": 1.0, "since noon": None}).evidence) == {}
    assert listed([f"c{n}" for n in range(9)]) == "c0, c1, c2, c3, c4 and 4 more"


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sets(st.sampled_from("abcd"), max_size=4), max_size=25), st.booleans())
def test_each_name_is_news_to_a_target_once_at_most(windows: list[set[str]], hurried: bool) -> None:
    world, at = World(), START
    step = MINUTE if hurried else HOUR
    model_file: ModelSpec = spec(alerts={"notify": ["chat"], "remind_every": "100d", "group_every": "5m"})
    for index, names in enumerate(windows):
        world.look(moved(*sorted(names), index=index), at, model_file)
        at += step
    world.look(Judgement(), at + HOUR, model_file)
    joined: list[Notice] = [one for one in world.notices.values() if one.event == "joined"]
    named = [name for notice in joined for name in notice.subject.split(": ")[-1].split(", ")]
    assert len(named) == len(set(named))
    opened = next((names for names in windows if names), set())
    late = {name for names in windows for name in names} - opened
    assert {name for name in late if _stands(world, name)} <= set(named)


def _stands(world: World, name: str) -> bool:
    return any(alert.state == "open" and name in since_of(alert.evidence) for alert in world.alerts.values())
