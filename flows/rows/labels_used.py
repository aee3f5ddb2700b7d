"""Which labels a training uses: none that is held back or that nobody knew yet, each as it stands at that moment.

A snapshot keeps each label's time and source beside its value, so that a run says exactly what it learnt from.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from flows.desk import Desk
from flows.training.examples import Examples
from infra.domain.predictions import Label
from infra.domain.values import class_name


def as_labelled_now(desk: Desk, earlier: Examples, now: datetime) -> Examples:
    """Rows of an earlier snapshot as their labels stand at `now`: without those held back since, and corrected ones
    with the truth that is known now. Rows of the first history, which were never predicted, stay as they are."""
    ids = _predicted(earlier)
    held = desk.ports.quarantines.held_back(desk.spec.model, ids)
    kept = earlier.take([place for place, name in enumerate(earlier.ids) if name not in held]) if held else earlier
    current = desk.ports.labels.current(desk.spec.model, ids)
    known = {name: label.value for name, label in current.items() if label.time <= now}
    target = tuple(
        known[name] if seq > 0 and name in known and class_name(known[name]) != class_name(value) else value
        for name, seq, value in zip(kept.ids, kept.seqs, kept.target, strict=True)
    )
    return kept if target == kept.target else replace(kept, target=target)


def labels_used(desk: Desk, parts: Sequence[Examples], now: datetime) -> Mapping[str, Label]:
    """The label behind each row that was predicted, by prediction id: the last one known at `now`."""
    ids = [name for part in parts for name in _predicted(part)]
    found = dict(desk.ports.labels.current(desk.spec.model, ids))
    for name, label in list(found.items()):
        if label.time > now:  # corrected since: the one before it was used
            known = [one for one in desk.ports.labels.history(desk.spec.model, name) if one.time <= now]
            found.pop(name)
            found.update({name: known[-1]} if known else {})
    return found


def _predicted(rows: Examples) -> list[str]:
    return [name for name, seq in zip(rows.ids, rows.seqs, strict=True) if seq > 0]
