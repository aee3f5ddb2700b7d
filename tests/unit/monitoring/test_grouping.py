from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import pytest

from infra.domain.alerts import Alert, AlertBook, Notice, Severity
from infra.spec import ModelSpec
from monitoring.rules import Breach, Judgement
from monitoring.settling import DELIVERY_FAILED, judge_delivery, settle
from tests.unit.monitoring.building import START, spec

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
SPEC = spec(alerts={"notify": ["chat"], "remind_every": "4h", "group_every": "5m"})
DRIFT, OTHER = "input_drift", "data_quality"


def judged(*keys: str, rule: str = DRIFT, severity: Severity = "warning", also: Sequence[str] = ()) -> Judgement:
    """A judgement in which these keys are broken; without any, an all-clear."""
    breaches = tuple(
        Breach(rule=rule, severity=severity, dedup_key=f"m:{rule}:{key}", message=f"{key} moved", evidence={})
        for key in keys
    )
    return Judgement(breaches=breaches, judged=frozenset({rule, *also}))


@dataclass
class World:
    """A model's alerts and notices, kept as the database would."""

    alerts: dict[str, Alert] = field(default_factory=dict)
    notices: dict[str, Notice] = field(default_factory=dict)

    def look(self, judgement: Judgement, at: datetime, model_file: ModelSpec = SPEC) -> list[Notice]:
        standing = tuple(alert for alert in self.alerts.values() if alert.state != "resolved")
        resolved = tuple(alert for alert in self.alerts.values() if alert.state == "resolved")
        book = AlertBook(standing=standing, resolved=resolved, notices=tuple(reversed(self.notices.values())))
        fresh = []
        for alert, notices in settle(book, judgement, model_file, at=at):
            self.alerts[alert.id] = alert
            fresh += [notice for notice in notices if notice.id not in self.notices]
            self.notices.update({notice.id: notice for notice in notices if notice.id not in self.notices})
        return fresh

    def only(self) -> Alert:
        (alert,) = self.alerts.values()
        return alert


def test_ten_thousand_breaches_at_once_are_one_notice_for_each_group_and_target() -> None:
    two = spec(alerts={"notify": ["chat", "pager"]})
    many = judged(*map(str, range(9_000)))
    severe = judged(*map(str, range(1_000)), rule=OTHER, severity="critical")
    both = Judgement(breaches=many.breaches + severe.breaches, judged=many.judged | severe.judged)
    world = World()
    found = world.look(both, START, two)
    assert sorted((notice.group, notice.target, len(notice.alert_ids)) for notice in found) == [
        ("m:critical", "chat", 1_000),
        ("m:critical", "pager", 1_000),
        ("m:warning", "chat", 9_000),
        ("m:warning", "pager", 9_000),
    ]
    assert world.look(both, START + MINUTE, two) == []
    assert len(world.alerts) == 10_000
    assert all(f"And {len(notice.alert_ids) - 20} more" in notice.body for notice in found)


def test_what_opens_within_a_groups_interval_is_told_together_at_its_end() -> None:
    world = World()
    assert [notice.event for notice in world.look(judged("a"), START)] == ["opened"]
    assert world.look(judged("a", "b"), START + MINUTE) == []
    assert world.look(judged("a", "b", "c"), START + 4 * MINUTE) == []
    (together,) = world.look(Judgement(), START + 5 * MINUTE)
    told = {world.alerts[one].dedup_key for one in together.alert_ids}
    assert told == {f"m:{DRIFT}:b", f"m:{DRIFT}:c"}


@pytest.mark.parametrize(
    ("broken", "quiet", "step", "reason"),
    [
        (1, 1, MINUTE, "each judgement the other way: held open by keep_firing_for"),
        (1, 1, timedelta(days=1), "however far apart the judgements are"),
        (3, 3, MINUTE / 2, "resolved in between, and back before anybody was told"),
        (2, 7, MINUTE / 2, "long quiet stretches"),
    ],
)
def test_a_figure_that_crosses_its_threshold_a_hundred_times_is_two_notices_at_most(
    broken: int, quiet: int, step: timedelta, reason: str
) -> None:
    world, at = World(), START
    for _ in range(50):
        for crossing in [judged("a")] * broken + [judged()] * quiet:
            world.look(crossing, at)
            acknowledge(world)
            at += step
    for _ in range(10):
        world.look(judged(), at)
        at += HOUR
    assert [notice.event for notice in world.notices.values()] == ["opened", "resolved"], reason


def acknowledge(world: World) -> None:
    for alert in world.alerts.values():
        if alert.state == "open":
            world.alerts[alert.id] = replace(alert, state="acknowledged")


def test_an_open_alert_is_brought_to_mind_until_it_is_acknowledged() -> None:
    world = World()
    world.look(judged("a"), START)
    assert world.look(Judgement(), START + 4 * HOUR - MINUTE) == []
    assert [one.event for one in world.look(Judgement(), START + 4 * HOUR)] == ["reminder"]
    assert world.look(Judgement(), START + 5 * HOUR) == []
    assert [one.event for one in world.look(Judgement(), START + 8 * HOUR)] == ["reminder"]
    acknowledge(world)
    assert world.look(Judgement(), START + 40 * HOUR) == []


def test_a_resolved_alert_is_told_once_and_only_when_it_has_stayed_away() -> None:
    world = World()
    world.look(judged("a"), START)
    for minute in (10, 11):
        assert world.look(judged(), START + minute * MINUTE) == []
    assert world.only().state == "resolved"
    assert world.look(Judgement(), START + 4 * HOUR) == []
    (notice,) = world.look(Judgement(), START + 11 * MINUTE + 4 * HOUR)
    assert (notice.event, notice.subject) == ("resolved", f"[warning] m: resolved: {DRIFT}")
    assert world.look(Judgement(), START + 40 * HOUR) == []
    assert [one.event for one in world.look(judged("a"), START + 41 * HOUR)] == ["opened"]


def test_a_warning_that_becomes_critical_is_told_and_the_way_back_is_not() -> None:
    world = World()
    world.look(judged("a"), START)
    acknowledge(world)
    (worse,) = world.look(judged("a", severity="critical"), START + MINUTE)
    assert (worse.event, worse.group) == ("opened", "m:critical")
    assert world.look(judged("a"), START + 20 * MINUTE) == []
    for hour in (1, 2):
        world.look(judged(), START + hour * HOUR)
    assert [(one.event, one.group) for one in world.look(Judgement(), START + 9 * HOUR)] == [("resolved", "m:critical")]


def test_pending_silenced_and_mild_alerts_are_not_told() -> None:
    patient = spec(alerts={"notify": ["chat"], "rules": {DRIFT: {"open_after": 2}}})
    world = World()
    assert world.look(judged("a"), START, patient) == []
    assert len(world.look(judged("a"), START + MINUTE, patient)) == 1
    assert World().look(judged("a", severity="info"), START) == []
    hushed = World()
    hushed.look(judged("a"), START, spec())
    quiet = replace(hushed.only(), state="silenced", silenced_until=START + HOUR)
    hushed.alerts[quiet.id] = quiet
    assert hushed.look(judged("a"), START + MINUTE) == []
    assert [one.event for one in hushed.look(Judgement(), START + HOUR)] == ["opened"]


def test_nobody_is_told_where_the_model_file_names_nobody() -> None:
    assert World().look(judged("a"), START, spec()) == []


def test_a_notice_says_what_why_since_when_who_and_what_to_do() -> None:
    world = World()
    breach = replace(
        judged("a").breaches[0], message="x moved by 0.4.", evidence={"report": "windows/m/000003.html.gz"}
    )
    (notice,) = world.look(Judgement(breaches=(breach,), judged=frozenset({DRIFT})), START)
    assert notice.subject == f"[warning] m: {DRIFT}"
    for words in (
        "x moved by 0.4.",
        "since 2024-01-01 00:00 UTC",
        "owner: unowned",
        f"what to do: docs/runbooks.md#{DRIFT}",
        "evidence: windows/m/000003.html.gz",
        f"`keepsharp alerts acknowledge {world.only().id}`",
    ):
        assert words in notice.body


def test_whoever_asks_again_in_the_same_interval_makes_the_same_notice() -> None:
    one, other = World(), World()
    assert one.look(judged("a"), START) == other.look(judged("a"), START)


def test_what_was_given_up_on_is_an_alert_until_the_target_is_reached_again() -> None:
    world = World()
    (notice,) = world.look(judged("a"), START)
    world.notices[notice.id] = replace(notice, state="failed", attempts=20, problem="chat did not answer")
    assert keep_delivery(world, START + HOUR) == ["warning"]
    (alert,) = [one for one in world.alerts.values() if one.rule == DELIVERY_FAILED]
    assert "chat did not answer" in alert.message
    assert keep_delivery(world, START + 2 * HOUR) == []
    later = replace(notice, id="later", created_at=START + 3 * HOUR, state="sent")
    world.notices["later"] = later
    keep_delivery(world, START + 4 * HOUR)
    assert world.alerts[alert.id].state == "resolved"


def keep_delivery(world: World, at: datetime) -> list[str]:
    standing = tuple(alert for alert in world.alerts.values() if alert.state != "resolved")
    before = set(world.alerts)
    book = AlertBook(standing=standing, resolved=(), notices=tuple(reversed(world.notices.values())))
    world.look(judge_delivery(book, "m"), at)
    return [world.alerts[one].severity for one in world.alerts.keys() - before]
