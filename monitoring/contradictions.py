"""Which labels say the contrary of an answer that was sure, or of an earlier label of the same prediction.

A label tells something only where the answer was sure: an unsure one is wrong often enough by itself. For numbers
nothing is known of how sure an answer was, so that only corrections tell.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from infra.domain.labelling import Joined
from infra.domain.values import class_name

SURE = 0.9


@dataclass(frozen=True, kw_only=True, slots=True)
class Mark:
    """What one label says of what was thought before it."""

    joined: Joined
    contradicts: bool


def contradictions(joined: Sequence[Joined]) -> list[Mark]:
    """The labels that answer a sure prediction (confidence of at least 0.9), each with whether it contradicts."""
    return [
        Mark(joined=one, contradicts=class_name(one.label.value) != class_name(one.prediction.value))
        for one in joined
        if (one.prediction.confidence or 0.0) >= SURE
    ]


def corrections(joined: Sequence[Joined], task: str) -> list[Mark]:
    """All labels, each with whether it replaces an earlier one and takes it away from the answer.

    A change of the world makes answers wrong, and never a label that was given already. A correction that goes back
    to what was answered is what a person does who repairs a label.
    """
    return [
        Mark(
            joined=one,
            contradicts=not one.first
            and (task != "classification" or class_name(one.label.value) != class_name(one.prediction.value)),
        )
        for one in joined
    ]


def by_source(marks: Sequence[Mark]) -> Mapping[str, list[Mark]]:
    """The marks of each source, in their order."""
    groups: dict[str, list[Mark]] = defaultdict(list)
    for mark in marks:
        groups[mark.joined.label.source].append(mark)
    return groups
