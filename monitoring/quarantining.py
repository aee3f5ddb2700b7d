"""Which labels look flipped, so that they are held back until a person has looked.

Labels that suddenly contradict sure answers are either wrong, or right about a world that has changed. They are told
apart by what else is known: a changed world shows in the labels of every source, takes back no label that was given
before, and can be learnt from the rows; flipped labels come from one source, or follow from nothing. Where neither is
seen nothing is held back: a retraining that is stopped for nothing has its price too.

It cannot see labels that are wrong in the same way from all sources, nor flips of answers that were unsure.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from scipy import stats

from infra.domain.labelling import Joined
from infra.domain.predictions import Prediction
from infra.domain.values import class_name
from monitoring.bursts import Stretch, find_stretches
from monitoring.contradictions import Mark, by_source, contradictions, corrections
from monitoring.learnable import learnability

ALPHA = 1e-4
"""How unlikely a stretch has to be beside what the other sources say; it is asked again with every look."""
LEAST_RISE = 0.1
LEAST_CONTRADICTIONS = 10
LEAST_OF_OTHERS = 30
"""Labels of other sources on sure answers; with fewer there is nothing to compare with."""
LEAST_ALONE = 150
"""Labels on sure answers that it takes to ask whether contradictions can be learnt."""
NOT_LEARNABLE = 0.05
CORRECTIONS_SHARE = 0.01
Learnability = Callable[[Sequence[Prediction], Sequence[bool]], float | None]


@dataclass(frozen=True, kw_only=True, slots=True)
class Burst:
    """Labels that are to be held back: those of `source` at places `first_place..last_place`, and why."""

    source: str
    first_place: int
    last_place: int
    contradictions: int
    labels: int
    """Those that could tell: on sure answers, or all where corrections are counted."""
    reason: str


def suspicious_bursts(
    joined: Sequence[Joined], *, task: str, known_error: float, learnable: Learnability = learnability
) -> list[Burst]:
    """The bursts among the newest labels, in order of their places.

    `joined` are labels in order of their places, those in quarantine included, so that a burst that goes on is seen to
    go on; `known_error` is the share of wrong answers that the champion was accepted with.
    """
    bursts = [
        burst
        for marks in _by_version(contradictions(joined))
        for burst in _of_answers(marks, joined, known_error, learnable)
    ]
    bursts += [
        _burst(marks, stretch, joined, "take back what was true before")
        for marks in by_source(corrections(joined, task)).values()
        for stretch in _raised(marks, CORRECTIONS_SHARE)
    ]
    return sorted(bursts, key=lambda burst: (burst.first_place, burst.source))


def _by_version(marks: Sequence[Mark]) -> Iterable[list[Mark]]:
    """Versions differ in how often they are wrong."""
    versions = sorted({mark.joined.prediction.version for mark in marks})
    return [[mark for mark in marks if mark.joined.prediction.version == version] for version in versions]


def _of_answers(
    marks: Sequence[Mark], joined: Sequence[Joined], known_error: float, learnable: Learnability
) -> Iterable[Burst]:
    for source, own in by_source(marks).items():
        others = [mark for mark in marks if mark.joined.label.source != source]
        for stretch in _raised(own, known_error):
            held = own[stretch.start : stretch.stop]
            beside = _beside(held, others)
            if len(beside) >= LEAST_OF_OTHERS:
                why = _against_others(own, stretch, beside, others)
            else:
                why = _alone(held, learnable)
            if why:
                usual = f"contradict answers that were sure, where {stretch.usual:.1%} is usual"
                yield _burst(own, stretch, joined, f"{usual}; {why}")


def _raised(marks: Sequence[Mark], known_share: float) -> list[Stretch]:
    """Stretches that hold enough contradictions to speak of."""
    flags = [mark.contradicts for mark in marks]
    found = []
    for stretch in find_stretches(flags, known_share=known_share):
        count, rows = sum(flags[stretch.start : stretch.stop]), stretch.stop - stretch.start
        if count >= LEAST_CONTRADICTIONS and count / rows >= stretch.usual + LEAST_RISE:
            found.append(stretch)
    return found


def _beside(held: Sequence[Mark], others: Sequence[Mark]) -> list[Mark]:
    """What other sources say of the same time: by order of arrival, or where those are few by when it happened."""
    first, last = held[0].joined.place, held[-1].joined.place
    together = [mark for mark in others if first <= mark.joined.place <= last]
    if len(together) >= LEAST_OF_OTHERS:
        return together
    since = min(mark.joined.prediction.time for mark in held)
    return [mark for mark in others if mark.joined.place <= last and mark.joined.prediction.time >= since]


def _against_others(own: Sequence[Mark], stretch: Stretch, beside: Sequence[Mark], others: Sequence[Mark]) -> str:
    """Why the stretch is not what the others see too; nothing when it may be.

    The source is allowed what it usually has, and the rise that the others may have had at the same time.
    """
    held = own[stretch.start : stretch.stop]
    first = held[0].joined.place
    before = [mark for mark in others if mark.joined.place < first]
    now = _count(beside) / len(beside)
    risen = _upper(_count(beside), len(beside)) - min(_share(before, now), now)
    p_value = float(stats.binom.sf(_count(held) - 1, len(held), min(_share(own[: stretch.start], now) + risen, 1.0)))
    if p_value > ALPHA:
        return ""
    return (
        f"meanwhile {_count(beside)} of {len(beside)} labels of other sources do, so that it is not the world that "
        f"changed (p = {p_value:.1g})"
    )


def _share(marks: Sequence[Mark], otherwise: float) -> float:
    """The share of contradictions, drawn towards another one that counts for 30 labels."""
    return (_count(marks) + LEAST_OF_OTHERS * otherwise) / (len(marks) + LEAST_OF_OTHERS)


def _alone(held: Sequence[Mark], learnable: Learnability) -> str:
    """Why a stretch looks like flipped labels though no other source can be asked; nothing when it may be real."""
    if len(held) < LEAST_ALONE:
        return ""
    p_value = learnable([mark.joined.prediction for mark in held], [mark.contradicts for mark in held])
    if p_value is None or p_value < NOT_LEARNABLE:
        return ""
    return (
        "no other source can be asked, and which answers are contradicted follows from nothing in the rows "
        f"(p = {p_value:.2f}): wrong labels and a change that cannot be learnt look the same"
    )


def _upper(count: int, rows: int) -> float:
    """The upper 95 % bound of a share (Clopper and Pearson 1934)."""
    return float(stats.beta.ppf(0.95, count + 1, rows - count)) if count < rows else 1.0


def _count(marks: Sequence[Mark]) -> int:
    return sum(mark.contradicts for mark in marks)


def _burst(marks: Sequence[Mark], stretch: Stretch, joined: Sequence[Joined], what_they_do: str) -> Burst:
    """From after the last label that was as usual; a stretch that goes on reaches to the newest label."""
    held = marks[stretch.start : stretch.stop]
    source = held[0].joined.label.source
    pairs = [(class_name(m.joined.prediction.value), class_name(m.joined.label.value)) for m in held if m.contradicts]
    answer, label = max(sorted(set(pairs)), key=pairs.count)
    return Burst(
        source=source,
        first_place=marks[stretch.start - 1].joined.place + 1 if stretch.start else held[0].joined.place,
        last_place=joined[-1].place if stretch.stop == len(marks) else held[-1].joined.place,
        contradictions=len(pairs),
        labels=len(held),
        reason=(
            f"{len(pairs)} of {len(held)} labels of `{source}` {what_they_do}; most often `{answer}` is called "
            f"`{label}` ({pairs.count((answer, label))})"
        ),
    )
