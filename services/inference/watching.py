"""Follows the labels as they come, and opens the alert about lost accuracy at once: it waits for no window.

`notice` only marks a model; one thread wakes, reads what joined since it last looked, in the order in which it joined,
and asks `monitoring.alarm`. What was gathered is kept in the database whenever the alarm is raised, every 200 labels
and at the end, so that a restart and other replicas go on from there; who follows the same labels opens the same
alert. The scheduled monitor follows them again (`flows.windows.alarming`). It knows nothing of HTTP.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import structlog

from infra.domain.decisions import Champion
from infra.domain.labelling import AlarmState
from infra.ports import Ports
from infra.spec import ModelSpec
from infra.spec.registered import spec_as_registered
from monitoring.alarm import Alarm, Raised, continue_alarm, follow, resume_alarm, state_of
from monitoring.alarm_words import RECENT, judge_raised
from monitoring.rules import ACCURACY_DEGRADED
from services.inference.notifying import raise_alerts

log = structlog.get_logger(__name__)

PAGE = 500
KEEP_EVERY = 200
"""Labels that a restart may have to read again."""
LOOK_SECONDS = 30.0
"""All models are looked at this often, for labels that joined without a request for labels, or another replica's."""
REST = 4.0
"""Seconds of rest for each second of work: at most a fifth of one core, and one look for many labels at once."""
LEAST_REST = 0.02


@dataclass(frozen=True, kw_only=True, slots=True)
class _Seen:
    """An alarm, and the state in the database that it goes on from."""

    alarm: Alarm
    kept: AlarmState | None


class Watching:
    """The one thread of this process that follows labels."""

    def __init__(self, ports: Ports) -> None:
        self._ports = ports
        self._seen: dict[str, _Seen] = {}
        self._noticed: set[str] = set()
        self._failing: set[str] = set()
        self._logged: dict[str, str] = {}
        """By model, the alert that its log told of last."""
        self._wake = threading.Event()
        self._closing = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Start the thread, which looks at every model first: labels may have come while nobody watched."""
        self._closing.clear()
        self._thread = threading.Thread(target=self._run, name="watching", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Follow what was noticed, keep what was gathered, and end the thread."""
        self._closing.set()
        self._wake.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    def notice(self, model: str) -> None:
        """Labels of this model were stored. Never blocks and never raises."""
        self._noticed.add(model)
        self._wake.set()

    def look(self, model: str) -> list[Raised]:
        """Follow the labels of one model as far as they go; the alarms that were raised.

        Raises:
            KeepsharpError: the database is away, or the stored model file is not accepted. Nothing is lost: the next
                look goes on from the same label.
        """
        raised: list[Raised] = []
        while (more := self._turn_page(model)) is not None:
            raised += more
        return raised

    def keep(self) -> None:
        """Write down what was gathered since it was last kept."""
        for model, seen in list(self._seen.items()):
            if seen.kept is None or seen.alarm.now.place > seen.kept.place:
                self._keep(model, seen.alarm)

    def _run(self) -> None:
        look_at_all = time.monotonic()
        while not self._closing.is_set():
            if time.monotonic() >= look_at_all:
                self._attempt("which models there are", self._notice_all)
                look_at_all = time.monotonic() + LOOK_SECONDS
            self._closing.wait(self._work())
            self._wake.wait(max(0.0, look_at_all - time.monotonic()))
        self._work()
        self._attempt("the states of the alarm", self.keep)

    def _work(self) -> float:
        """Look at what was noticed; the seconds to rest afterwards. What failed waits for the next time."""
        began = time.perf_counter()
        self._wake.clear()
        noticed = [self._noticed.pop() for _ in range(len(self._noticed))]
        self._noticed.update(model for model in noticed if not self._attempt(model, partial(self.look, model)))
        return max(LEAST_REST, REST * (time.perf_counter() - began))

    def _notice_all(self) -> None:
        self._noticed.update(model.name for model in self._ports.models.all())

    def _attempt(self, what: str, act: Callable[[], object]) -> bool:
        """Whether it could be done; a failure is logged when it is new."""
        try:
            act()
        except Exception:
            if what not in self._failing:
                log.exception("labels could not be followed; it is tried again", model=what)
            self._failing.add(what)
            return False
        self._failing.discard(what)
        return True

    def _turn_page(self, model: str) -> list[Raised] | None:
        """The alarms raised by the next labels; None when there are no more, or no champion."""
        ports, saved, seen = self._ports, self._ports.alarm_states.get(model), self._seen.get(model)
        if seen is not None and saved != seen.kept:  # another replica or the monitor has come further, or knows better
            seen = None
        place = seen.alarm.now.place if seen is not None else saved.place if saved is not None else 0
        joined = ports.labels.joined(model, place, PAGE)
        champion = ports.versions.champion(model) if joined else None  # read after the labels: see resume_alarm
        if champion is None:
            return None
        spec = spec_as_registered(ports.models.get(model).spec_yaml, model)
        before = resume_alarm(saved, champion, spec) if seen is None else continue_alarm(seen.alarm, champion, spec)
        alarm, raised = follow(before, joined, spec)
        for one in raised:
            self._raise(one, champion, spec)
        self._seen[model] = _Seen(alarm=alarm, kept=saved)
        if raised or saved is None or alarm.now.place - saved.place >= KEEP_EVERY:
            self._keep(model, alarm)
        return raised

    def _raise(self, raised: Raised, champion: Champion, spec: ModelSpec) -> None:
        ports = self._ports
        recent = ports.labels.joined(spec.model, max(0, raised.place - RECENT), min(RECENT, raised.place))
        last_seq = ports.predictions.get(spec.model, raised.prediction_id).seq
        judgement = judge_raised(raised, recent, champion, spec, last_seq=last_seq)
        for alert in raise_alerts(ports, spec, judgement, at=raised.at):
            # the alarm begins anew whenever it is raised, so that a broken model raises it every few labels
            if alert.rule == ACCURACY_DEGRADED and self._logged.get(spec.model) != alert.id:
                self._logged[spec.model] = alert.id
                log.warning(
                    "the degradation alarm was raised",
                    model=spec.model,
                    alert=alert.id,
                    place=raised.place,
                    by=raised.by,
                )

    def _keep(self, model: str, alarm: Alarm) -> None:
        state = state_of(alarm)
        self._ports.alarm_states.save(state)
        self._seen[model] = _Seen(alarm=alarm, kept=state)
