"""Follow the labels again, from the database: where the inference service has come to must be what they give.

The service raises the alarm as each label comes (`services.inference.watching`); this looks after it, and raises what
the service did not live to raise.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from flows.desk import Desk
from flows.notifying import raise_alerts
from infra.domain.alerts import Alert
from infra.domain.labelling import Joined
from monitoring.alarm import Alarm, Raised, check_off, checked_place, follow, resume_alarm, rewind, state_of
from monitoring.alarm_words import RECENT, judge_disagreement, judge_raised
from monitoring.rules import ACCURACY_DEGRADED

PAGE = 500


def checked_through(desk: Desk) -> int:
    """The place of the label that `check_alarm` last came to; 0 where all labels have to be looked through again."""
    champion = desk.ports.versions.champion(desk.spec.model)
    return 0 if champion is None else checked_place(desk.ports.alarm_states.get(desk.spec.model), champion)


def check_alarm(desk: Desk, *, now: datetime, through: int | None = None) -> list[Raised]:
    """Compare the kept state of the alarm with the labels at event time `now`, follow the labels that came since up to
    place `through`, and raise what was not raised; alarms raised here. Nothing before the first champion."""
    ports, model = desk.ports, desk.spec.model
    last_place = ports.labels.last_place(model) if through is None else through
    saved, champion = ports.alarm_states.get(model), ports.versions.champion(model)
    if champion is None:
        return []
    kept = resume_alarm(saved, champion, desk.spec)
    found, raised = _follow(desk, rewind(kept), kept.now.place)
    if found.now == kept.now:
        raised = []  # whoever kept this state raised them before
    else:
        raise_alerts(desk, judge_disagreement(kept.now, found.now, desk.spec), at=now)
    found, later = _follow(desk, found, last_place)
    for one in (*raised, *later):
        _raise(desk, found, one)
    if found.now.place <= last_place:  # else the service is ahead of this look, and the next one checks that too
        found = check_off(found)
    if state_of(found) != saved:
        ports.alarm_states.save(state_of(found))
    return [*raised, *later]


def alarmed_seq(desk: Desk) -> int:
    """The arrival whose label the standing alert about accuracy was last broken by; 0 when none stands."""
    standing: list[Alert] = desk.ports.alerts.unresolved(desk.spec.model)
    seqs = [alert.evidence.get("last_seq") for alert in standing if alert.rule == ACCURACY_DEGRADED]
    return max((int(seq) for seq in seqs if isinstance(seq, int | float)), default=0)


def _follow(desk: Desk, alarm: Alarm, last_place: int) -> tuple[Alarm, list[Raised]]:
    raised: list[Raised] = []
    for page in _pages(desk, alarm.now.place, last_place):
        alarm, more = follow(alarm, page, desk.spec)
        raised += more
    return alarm, raised


def _pages(desk: Desk, after: int, last_place: int) -> Iterator[list[Joined]]:
    while after < last_place:
        page = desk.ports.labels.joined(desk.spec.model, after, min(PAGE, last_place - after))
        if not page:
            return
        yield page
        after = page[-1].place


def _raise(desk: Desk, alarm: Alarm, raised: Raised) -> None:
    ports, model = desk.ports, desk.spec.model
    recent = ports.labels.joined(model, max(0, raised.place - RECENT), min(RECENT, raised.place))
    last_seq = ports.predictions.get(model, raised.prediction_id).seq
    raise_alerts(desk, judge_raised(raised, recent, alarm.champion, desk.spec, last_seq=last_seq), at=raised.at)
