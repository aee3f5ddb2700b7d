"""The degradation alarm of a champion: what its labels, one after the other, say about the accuracy it promised.

The inference service follows the labels as they come, and the scheduled monitor follows them again from the
database; both ask here, so that they agree to the last bit. The accepted level is itself an estimate, from a holdout:
the alarm means that the loss is above that level and the tolerance, not above the unknown true one.

It knows nothing of where labels and states are kept, and nothing of alerts already open.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from infra.domain.decisions import Champion
from infra.domain.labelling import AlarmState, Joined
from infra.spec import ModelSpec
from monitoring.performance import loss_of
from monitoring.rules import worst_accepted
from monitoring.sequential import SCALE, TUNINGS, Detector, detector, scaled_error, take

_STREAM, _CHECKED = "stream", "checked"
"""Under what a saved state keeps how far the alarm has come, and how far the monitor has followed it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Standing:
    """What was gathered after the label at `place`, of which `labels` were the champion's, by each detector."""

    place: int
    labels: int
    log_evidence: tuple[float, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Alarm:
    """The detectors of one champion, where they stand, and where the monitor last found them to stand."""

    champion: Champion
    detectors: tuple[Detector, ...]
    now: Standing
    checked: Standing


@dataclass(frozen=True, kw_only=True, slots=True)
class Raised:
    """An alarm: at which label, after how many of the champion's, and by which detectors. `at` is event time."""

    place: int
    labels: int
    prediction_id: str
    at: datetime
    by: tuple[str, ...]


def start_alarm(champion: Champion, spec: ModelSpec, *, place: int) -> Alarm:
    """The alarm of a champion that was given no label up to `place`."""
    if spec.task == "classification":
        limit = 1.0 - worst_accepted(champion, spec)
    else:
        limit = (1.0 + spec.monitoring.tolerance) / SCALE
    detectors = tuple(detector(tuning, limit=limit, alpha=spec.monitoring.alpha) for tuning in TUNINGS)
    start = Standing(place=place, labels=0, log_evidence=tuple(one.log_evidence for one in detectors))
    return Alarm(champion=champion, detectors=detectors, now=start, checked=start)


def resume_alarm(saved: AlarmState | None, champion: Champion, spec: ModelSpec) -> Alarm:
    """The alarm as it was saved. It begins anew, after the label where it stood, for another promotion or limit.

    Labels have to be read before the champion is, so that none of a new champion's lies before that place.
    """
    fresh = start_alarm(champion, spec, place=0 if saved is None else saved.place)
    if saved is None or saved.decision_id != champion.decision_id or _tests_of(saved) != _tests(fresh.detectors):
        return fresh
    return replace(fresh, now=_standing(saved, _STREAM), checked=_standing(saved, _CHECKED))


def continue_alarm(alarm: Alarm, champion: Champion, spec: ModelSpec) -> Alarm:
    """The alarm itself, or a new one after the same label where the promotion or the limit is another now."""
    fresh = start_alarm(champion, spec, place=alarm.now.place)
    same = alarm.champion.decision_id == champion.decision_id and alarm.detectors == fresh.detectors
    return alarm if same else fresh


def state_of(alarm: Alarm) -> AlarmState:
    """What has to be kept of it."""
    figures: dict[str, Mapping[str, float]] = {
        one.name: {"limit": one.limit, "bet": one.bet, "log_threshold": one.log_threshold} for one in alarm.detectors
    }
    for name, standing in ((_STREAM, alarm.now), (_CHECKED, alarm.checked)):
        evidence = {one.name: found for one, found in zip(alarm.detectors, standing.log_evidence, strict=True)}
        figures[name] = {"place": standing.place, "labels": standing.labels, **evidence}
    return AlarmState(
        model=alarm.champion.model,
        version=alarm.champion.version,
        decision_id=alarm.champion.decision_id,
        place=alarm.now.place,
        detectors=figures,
    )


def rewind(alarm: Alarm) -> Alarm:
    """The alarm where the monitor last found it to stand."""
    return replace(alarm, now=alarm.checked)


def check_off(alarm: Alarm) -> Alarm:
    """The alarm, found to stand where it does."""
    return replace(alarm, checked=alarm.now)


def checked_place(saved: AlarmState | None, champion: Champion) -> int:
    """The label up to which the monitor has followed this champion's; 0 while it found none of its own."""
    if saved is None or saved.decision_id != champion.decision_id or not saved.detectors[_CHECKED]["labels"]:
        return 0
    return int(saved.detectors[_CHECKED]["place"])


def follow(alarm: Alarm, joined: Sequence[Joined], spec: ModelSpec) -> tuple[Alarm, list[Raised]]:
    """The alarm after the next labels, in the order of their places, and what was raised.

    Only the first label of each of the champion's own answers counts; corrections are left to the windows.
    """
    if not joined:
        return alarm, []
    own = [one for one in joined if counts(one, alarm.champion)]
    losses = [_loss(one, alarm.champion, spec) for one in own]
    resumed = [
        replace(one, log_evidence=found) for one, found in zip(alarm.detectors, alarm.now.log_evidence, strict=True)
    ]
    detectors, fired = take(resumed, losses, seen=alarm.now.labels)
    raised = [
        Raised(
            place=own[one.number].place,
            labels=alarm.now.labels + one.number + 1,
            prediction_id=own[one.number].prediction.id,
            at=own[one.number].label.time,
            by=one.by,
        )
        for one in fired
    ]
    now = Standing(
        place=joined[-1].place,
        labels=alarm.now.labels + len(own),
        log_evidence=tuple(one.log_evidence for one in detectors),
    )
    return replace(alarm, now=now), raised


def counts(joined: Joined, champion: Champion) -> bool:
    """Whether this label says something about the champion."""
    return joined.first and joined.prediction.version == champion.version


def _loss(joined: Joined, champion: Champion, spec: ModelSpec) -> float:
    loss = loss_of(joined.prediction.value, joined.label.value, spec.task)
    return loss if spec.task == "classification" else scaled_error(loss, champion.accepted)


def _tests(detectors: Sequence[Detector]) -> dict[str, tuple[float, ...]]:
    return {one.name: (one.limit, one.bet, one.log_threshold) for one in detectors}


def _tests_of(saved: AlarmState) -> dict[str, tuple[float, ...]]:
    """What was tested when the state was saved; another limit or bet makes another test."""
    return {
        name: (figures["limit"], figures["bet"], figures["log_threshold"])
        for name, figures in saved.detectors.items()
        if name not in (_STREAM, _CHECKED)
    }


def _standing(saved: AlarmState, name: str) -> Standing:
    figures = saved.detectors[name]
    return Standing(
        place=int(figures["place"]),
        labels=int(figures["labels"]),
        log_evidence=tuple(figures[tuning.name] for tuning in TUNINGS),
    )
