"""In-memory predictions and labels: one ledger, seen through two ports. Forgets everything when the process ends."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import cast

from infra.domain.labelling import Joined, Moments
from infra.domain.predictions import Answered, Label, LabelOutcome, Prediction
from infra.domain.values import Answer, Features
from infra.stores.arrivals import Numbered, decide_labels, decide_new
from infra.stores.features import pack, unpack
from infra.stores.refusals import no_prediction


@dataclass
class Ledger:
    """What arrived: predictions of each model in order, and every label of each prediction id.

    `waiting` and `joined` hold the labels of a model in order of arrival, and in that of joining. `removed` says how
    many of its oldest predictions are gone, `forgotten` which they were.
    """

    lock: threading.RLock = field(default_factory=threading.RLock)
    order: dict[str, list[Prediction]] = field(default_factory=dict)
    places: dict[tuple[str, str], int] = field(default_factory=dict)
    labels: dict[tuple[str, str], list[Label]] = field(default_factory=dict)
    corrections: list[tuple[Label, Label]] = field(default_factory=list)
    waiting: dict[str, list[Numbered]] = field(default_factory=dict)
    joined: dict[str, list[Joined]] = field(default_factory=dict)
    removed: dict[str, int] = field(default_factory=dict)
    forgotten: set[tuple[str, str]] = field(default_factory=set)

    def remove(self, model: str) -> None:
        """The oldest prediction that is left goes, with its labels."""
        place = self.removed.get(model, 0)
        key = (model, self.order[model][place].id)
        self.removed[model] = place + 1
        del self.places[key]
        self.labels.pop(key, None)
        self.corrections = [pair for pair in self.corrections if (pair[0].model, pair[0].prediction_id) != key]
        self.forgotten.add(key)

    def answered(self, model: str, seq: int) -> Answered:
        """The prediction at that place, from 1, with its current label."""
        prediction = self.order[model][seq - 1]
        history = self.labels.get((model, prediction.id))
        return Answered(seq=seq, prediction=prediction, label=history[-1] if history else None)

    def join(self, model: str) -> None:
        """Give places to those of the model's waiting labels whose predictions are here."""
        waiting, joined = self.waiting.pop(model, []), self.joined.setdefault(model, [])
        for entry in waiting:
            seq = self.places.get((model, entry.label.prediction_id))
            if seq is None:
                self.waiting.setdefault(model, []).append(entry)
                continue
            prediction = self.order[model][seq - 1]
            joined.append(
                Joined(
                    place=len(joined) + 1,
                    seq=seq,
                    label=entry.label,
                    prediction=prediction,
                    first=entry.number == 1,
                )
            )


class MemoryPredictions:
    """The port `Predictions` on a ledger."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def add(self, given: Sequence[Prediction]) -> list[Prediction]:
        copies = [_kept(prediction) for prediction in given]
        with self._ledger.lock:
            models = dict.fromkeys(prediction.model for prediction in copies)
            new = {model: self._decide(model, [p for p in copies if p.model == model]) for model in models}
            for model, fresh in new.items():
                order = self._ledger.order.setdefault(model, [])
                for prediction in fresh.values():
                    order.append(prediction)
                    self._ledger.places[model, prediction.id] = len(order)
                self._ledger.join(model)
            return [self._standing(prediction.model, prediction.id) for prediction in given]

    def get(self, model: str, prediction_id: str) -> Answered:
        with self._ledger.lock:
            seq = self._ledger.places.get((model, prediction_id))
            if seq is None:
                raise no_prediction(model, prediction_id)
            return self._ledger.answered(model, seq)

    def find(self, model: str, ids: Sequence[str]) -> dict[str, Prediction]:
        with self._ledger.lock:
            return {name: self._standing(model, name) for name in ids if (model, name) in self._ledger.places}

    def after(self, model: str, seq: int, limit: int) -> list[Answered]:
        first = max(seq + 1, self._first(model))
        return self.between(model, first, first + limit - 1)

    def times_after(self, model: str, seq: int, limit: int) -> list[datetime]:
        return [_time(answered) for answered in self.after(model, seq, limit)]

    def between(self, model: str, first_seq: int, last_seq: int) -> list[Answered]:
        with self._ledger.lock:
            first, last = max(first_seq, self._first(model)), min(last_seq, self.last_seq(model))
            return [self._ledger.answered(model, seq) for seq in range(first, last + 1)]

    def in_time(self, model: str, start: datetime, end: datetime) -> list[Answered]:
        inside = [
            answered for answered in self.between(model, 1, self.last_seq(model)) if start <= _time(answered) < end
        ]
        return sorted(inside, key=_time)

    def last_seq(self, model: str) -> int:
        with self._ledger.lock:
            return len(self._ledger.order.get(model, ()))

    def count_after(self, model: str, seq: int) -> int:
        return max(0, self.last_seq(model) - max(0, seq))

    def time_range(self, model: str) -> tuple[datetime, datetime] | None:
        with self._ledger.lock:
            left = self._ledger.order.get(model, [])[self._first(model) - 1 :]
            times = [prediction.time for prediction in left]
        return (min(times), max(times)) if times else None

    def unlabelled(self, model: str, limit: int, offset: int = 0, recent: int = 10_000) -> list[Answered]:
        last = self.last_seq(model)
        waiting = [answered for answered in self.between(model, last - recent + 1, last) if answered.label is None]
        return sorted(waiting, key=_least_sure_first)[offset : offset + limit]

    def remove_oldest(self, model: str, *, before: datetime, through_seq: int, limit: int) -> int:
        with self._ledger.lock:
            removed = 0
            while removed < limit and (first := self._first(model)) <= min(through_seq, self.last_seq(model)):
                if self._ledger.order[model][first - 1].time >= before:
                    break
                self._ledger.remove(model)
                removed += 1
            return removed

    def _first(self, model: str) -> int:
        """The first place that is left."""
        return self._ledger.removed.get(model, 0) + 1

    def _decide(self, model: str, given: Sequence[Prediction]) -> dict[str, Prediction]:
        return decide_new(given, self.find(model, [prediction.id for prediction in given]))

    def _standing(self, model: str, name: str) -> Prediction:
        return self._ledger.order[model][self._ledger.places[model, name] - 1]


class MemoryLabels:
    """The port `Labels` on a ledger."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def add(self, given: Sequence[Label]) -> list[LabelOutcome]:
        copies = [replace(label, value=cast("Answer", unpack(pack(label.value)))) for label in given]
        with self._ledger.lock:
            return [self._add_one(label) for label in copies]

    def history(self, model: str, prediction_id: str) -> list[Label]:
        with self._ledger.lock:
            return list(self._ledger.labels.get((model, prediction_id), ()))

    def current(self, model: str, ids: Sequence[str]) -> dict[str, Label]:
        with self._ledger.lock:
            histories = {name: self._ledger.labels.get((model, name)) for name in ids}
        return {name: history[-1] for name, history in histories.items() if history}

    def corrections(self, model: str, limit: int, offset: int = 0) -> list[tuple[Label, Label]]:
        with self._ledger.lock:
            newest_first = [pair for pair in reversed(self._ledger.corrections) if pair[0].model == model]
        return newest_first[offset : offset + limit]

    def counts(self, model: str) -> Mapping[str, int]:
        with self._ledger.lock:
            labelled = [key for key in self._ledger.labels if key[0] == model]
            joined = sum(key in self._ledger.places for key in labelled)
            corrected = sum(len(self._ledger.labels[key]) - 1 for key in labelled)
        return {"joined": joined, "waiting": len(labelled) - joined, "corrected": corrected}

    def joined(self, model: str, after: int, limit: int) -> list[Joined]:
        with self._ledger.lock:
            later = self._ledger.joined.get(model, [])[max(after, 0) :]
            gone = self._ledger.removed.get(model, 0)
            return [one for one in later if one.seq > gone][:limit]

    def moments(self, model: str, after: int, limit: int) -> list[Moments]:
        return [
            Moments(seq=one.seq, predicted_at=one.prediction.time, labelled_at=one.label.time)
            for one in self.joined(model, after, limit)
        ]

    def last_place(self, model: str) -> int:
        with self._ledger.lock:
            return len(self._ledger.joined.get(model, ()))

    def _add_one(self, label: Label) -> LabelOutcome:
        key = (label.model, label.prediction_id)
        history = self._ledger.labels.get(key, [])
        current = {label.prediction_id: Numbered(number=len(history), label=history[-1])} if history else {}
        known = {label.prediction_id} if key in self._ledger.places else set()
        plan = decide_labels([label], current, known)
        for entry in plan.inserts:
            if history:
                self._ledger.corrections.append((history[-1], entry.label))
            self._ledger.labels[key] = [*history, entry.label]
            self._ledger.waiting.setdefault(label.model, []).append(entry)
        self._ledger.join(label.model)
        return plan.outcomes[0]


def _time(answered: Answered) -> datetime:
    return answered.prediction.time


def _least_sure_first(answered: Answered) -> tuple[bool, bool, float, int]:
    confidence = answered.prediction.confidence
    return (not answered.prediction.abstained, confidence is None, confidence or 0.0, -answered.seq)


def _kept(prediction: Prediction) -> Prediction:
    return replace(
        prediction,
        features=cast("Features", unpack(pack(prediction.features))),
        value=cast("Answer", unpack(pack(prediction.value))),
        probabilities=None
        if prediction.probabilities is None
        else cast("Mapping[str, float]", unpack(pack(prediction.probabilities))),
        unknown_categories=tuple(prediction.unknown_categories),
    )
