"""What to do with predictions and labels that arrive: pure decisions over what is stored. Knows no database."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass

from infra.domain.errors import Conflict
from infra.domain.predictions import Label, LabelOutcome, Prediction, same_features

_SHOWN = 5


def decide_new(given: Sequence[Prediction], stored: Mapping[str, Prediction]) -> dict[str, Prediction]:
    """The predictions of one model to insert, by id, in order of arrival; ids stored alike are left out.

    Raises:
        Conflict: ids used before with other features, in `stored` or in `given` itself.
    """
    new: dict[str, Prediction] = {}
    clashes: dict[str, None] = {}
    for prediction in given:
        before = stored.get(prediction.id) or new.setdefault(prediction.id, prediction)
        if not same_features(before.features, prediction.features):
            clashes[prediction.id] = None
    if clashes:
        shown = ", ".join(repr(name) for name in list(clashes)[:_SHOWN])
        more = f" and {len(clashes) - _SHOWN} more" if len(clashes) > _SHOWN else ""
        raise Conflict(
            f"prediction id {shown}{more} of model {given[0].model!r} was used before with other features, so nothing "
            "was stored: give each row an id of its own, or send the same features again"
        )
    return new


@dataclass(frozen=True, kw_only=True, slots=True)
class Numbered:
    """A label and its place among the labels of its prediction, from 1."""

    number: int
    label: Label


@dataclass(frozen=True, kw_only=True, slots=True)
class LabelPlan:
    """One outcome for each label given, and the labels to insert, oldest first."""

    outcomes: tuple[LabelOutcome, ...]
    inserts: tuple[Numbered, ...]


def decide_labels(given: Sequence[Label], current: Mapping[str, Numbered], known: Container[str]) -> LabelPlan:
    """What becomes of labels of one model, with the current labels and the predictions that arrived, by id."""
    standing = dict(current)
    outcomes: list[LabelOutcome] = []
    inserts: list[Numbered] = []
    for label in given:
        before = standing.get(label.prediction_id)
        if before is not None and before.label.value == label.value:
            outcomes.append("repeated")
            continue
        after = Numbered(number=before.number + 1 if before else 1, label=label)
        standing[label.prediction_id] = after
        inserts.append(after)
        if before is not None:
            outcomes.append("corrected")
        else:
            outcomes.append("joined" if label.prediction_id in known else "waiting")
    return LabelPlan(outcomes=tuple(outcomes), inserts=tuple(inserts))
