"""What is worth a person's time: the queues of rows whose truth is wanted, how far they are, and who said what.

It knows nothing of HTML. What the model answered is part of a row here; pages keep it back until a person has said
what they see, so that nobody is led.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Literal

from infra.domain.errors import NotFound
from infra.domain.labelling import Quarantine
from infra.domain.predictions import Label, Prediction
from infra.domain.values import Answer, class_name
from infra.ports import Ports
from infra.spec import ModelSpec
from infra.spec.registered import spec_as_registered

QueueName = Literal["unsure", "audit", "suspects", "contradicted"]
QUEUES: tuple[QueueName, ...] = ("unsure", "audit", "suspects", "contradicted")
MOST = 200
"""Rows of a queue that are looked at; the next ones come once these are done."""
RECENT_LABELS = 1_000
NEWEST_ROWS = 10_000
"""Among so many rows suspects are looked for."""
LABELS_BETWEEN_LOOKS = 100


@dataclass(frozen=True, kw_only=True, slots=True)
class Waiting:
    """A row of a queue, and in a few words why it is there; the words do not say what was answered."""

    prediction: Prediction
    label: Label | None
    why: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Progress:
    """How far a model's labelling is. `asked` are the rows drawn at random that still wait."""

    model: str
    rows: int
    labelled: int
    asked: int
    suspects: int | None
    """In the newest window whose labels were reported on; None before one was."""
    held_back: int
    """Quarantines that stand."""
    done_today: int
    """By this person, among the newest 1,000 labels."""

    @property
    def unlabelled(self) -> int:
        return max(0, self.rows - self.labelled)


def progress_of(ports: Ports, model: str, *, actor: str, now: datetime) -> Progress:
    """Gather it from counts and the newest labels."""
    windows = ports.windows.page(model, 20)
    heard = next((one.feedback for one in windows if one.feedback is not None), None)
    return Progress(
        model=model,
        rows=ports.predictions.last_seq(model),
        labelled=ports.labels.counts(model)["joined"],
        asked=len(_asked(ports, model, MOST)),
        suspects=None if heard is None else heard.suspects,
        held_back=len(ports.quarantines.standing(model)),
        done_today=_done_today(ports, model, actor, now),
    )


def queue_of(ports: Ports, model: str, name: QueueName) -> list[Waiting]:
    """The rows of one queue, those that are worth most first; at most 200."""
    gather: dict[QueueName, Callable[[Ports, str], list[Waiting]]] = {
        "unsure": _unsure,
        "audit": lambda ports, model: _asked(ports, model, MOST),
        "suspects": _suspects,
        "contradicted": _contradicted,
    }
    return gather[name](ports, model)


def waiting_row(ports: Ports, model: str, prediction_id: str) -> Waiting:
    """One row, whatever queue it is in. Raises NotFound."""
    found = ports.predictions.get(model, prediction_id)
    return Waiting(prediction=found.prediction, label=found.label, why="chosen from a list")


def spec_of(ports: Ports, model: str) -> ModelSpec:
    """The model file in force. Raises NotFound, or SpecError where it is not accepted any more."""
    known = ports.models.get(model)
    return spec_as_registered(known.spec_yaml, known.name)


def classes_of(ports: Ports, model: str) -> tuple[str, ...]:
    """The classes that the champion knows, as it spells them; none before the first, or for numbers."""
    champion = ports.versions.champion(model)
    if champion is None:
        return ()
    return _classes(ports.versions.bundle(champion.sha256)[0])


def quarantine_of(ports: Ports, model: str, quarantine_id: str) -> Quarantine:
    """One of the model's own. Raises NotFound."""
    found = ports.quarantines.get(quarantine_id)
    if found.model != model:
        raise NotFound(f"{model} has no quarantine {quarantine_id!r}: its labelling page lists those there are")
    return found


@lru_cache(maxsize=64)
def _classes(config: str) -> tuple[str, ...]:
    return tuple(map(str, json.loads(config).get("classes") or ()))


def _unsure(ports: Ports, model: str) -> list[Waiting]:
    rows = ports.predictions.unlabelled(model, MOST)
    return [
        Waiting(prediction=row.prediction, label=row.label, why=_why_unsure(row.prediction))
        for row in rows
        if row.label is None
    ]


def _why_unsure(prediction: Prediction) -> str:
    if prediction.abstained:
        return "the model abstained"
    if prediction.confidence is None:
        return "no label yet"
    return f"confidence {prediction.confidence:.0%}"


def _asked(ports: Ports, model: str, most: int) -> list[Waiting]:
    """Drawn at random and not labelled yet, those that wait longest first."""
    audits = ports.audits.page(model, most)[::-1]
    ids = [one.prediction_id for one in audits]
    known, labelled = ports.predictions.find(model, ids), ports.labels.current(model, ids)
    return [
        Waiting(prediction=known[name], label=None, why="drawn at random")
        for name in ids
        if name in known and name not in labelled
    ]


def _suspects(ports: Ports, model: str) -> list[Waiting]:
    """Labels that look wrong, oddest first; none where too few labels can tell."""
    found = _suspected(ports, model, ports.labels.last_place(model) // LABELS_BETWEEN_LOOKS)
    ids = [name for name, _ in found[:MOST]]
    known, labels = ports.predictions.find(model, ids), ports.labels.current(model, ids)
    return [
        Waiting(prediction=known[name], label=labels.get(name), why=f"the model gave its label {quality:.1%}")
        for name, quality in found[:MOST]
        if name in known
    ]


@lru_cache(maxsize=16)
def _suspected(ports: Ports, model: str, look: int) -> tuple[tuple[str, float], ...]:
    """(id, what the model gave the label), worked out once for each `look`: it takes a second or two, and while a
    person works through the list it stays as it is."""
    from monitoring.label_noise import suspects  # takes its time to load: who asks for no suspects is spared

    del look  # part of the key alone
    rows = ports.predictions.after(model, max(0, ports.predictions.last_seq(model) - NEWEST_ROWS), NEWEST_ROWS)
    return tuple((one.prediction_id, one.quality) for one in suspects(rows) or ())


def _contradicted(ports: Ports, model: str) -> list[Waiting]:
    """Rows that two sources called by different names, the latest contradiction first, each once."""
    pairs = [pair for pair in ports.labels.corrections(model, MOST) if pair[0].source != pair[1].source]
    ids = list(dict.fromkeys(later.prediction_id for _, later in pairs))
    known, labels = ports.predictions.find(model, ids), ports.labels.current(model, ids)
    sources = {later.prediction_id: f"{earlier.source} and {later.source} disagree" for earlier, later in pairs[::-1]}
    return [Waiting(prediction=known[name], label=labels.get(name), why=sources[name]) for name in ids if name in known]


def _done_today(ports: Ports, model: str, actor: str, now: datetime) -> int:
    today = now.replace(hour=0, minute=0, second=0, microsecond=0)
    newest = ports.labels.joined(model, max(0, ports.labels.last_place(model) - RECENT_LABELS), RECENT_LABELS)
    return sum(one.label.source == actor and one.label.time >= today for one in newest)


@dataclass(frozen=True, kw_only=True, slots=True)
class Said:
    """What was said of a row: by a person, by the model, and by whoever labelled it earlier, oldest first."""

    prediction: Prediction
    labels: tuple[Label, ...]

    @property
    def latest(self) -> Label | None:
        return self.labels[-1] if self.labels else None

    @property
    def agrees(self) -> bool | None:
        """Whether the model answered what the latest label says; None for numbers, which are seldom the same."""
        if self.latest is None or self.prediction.probabilities is None:
            return None
        return class_name(self.latest.value) == class_name(self.prediction.value)


def said_of(ports: Ports, model: str, prediction_id: str) -> Said:
    """Everything that was said of it. Raises NotFound."""
    found = ports.predictions.get(model, prediction_id)
    return Said(prediction=found.prediction, labels=tuple(ports.labels.history(model, prediction_id)))


def disagreeing(labels: Sequence[Label]) -> bool:
    """Whether anybody ever said something else."""
    return len({class_name(one.value) for one in labels}) > 1


def shown_answer(value: Answer) -> str:
    """An answer as a person reads it.

    >>> shown_answer("dent"), shown_answer(12.345678)
    ('dent', '12.3457')
    """
    return value if isinstance(value, str) else f"{value:.6g}"
