"""The scored report: 28 tests in four sections, the result the lowest of the four. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from monitoring.readiness.facts import Facts

SectionName = Literal["data", "model", "infrastructure", "monitoring"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Shown:
    """What one test gets, and by what: the evidence that was found, or what is missing and how to come by it.

    0.5: shown once or by hand; 1: shown by something that runs by itself.
    """

    points: float
    evidence: str
    look: str = ""
    """Where it can be seen or done: a command."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Item:
    """One of the 28 tests."""

    section: SectionName
    test: str
    points: float
    evidence: str
    look: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Readiness:
    """All tests and their sums; `score` is the lowest section, at most 7."""

    model: str
    score: float
    meaning: str
    sections: dict[SectionName, float]
    items: tuple[Item, ...]


Check = tuple[str, Callable[[Facts], Shown]]


def missing(what: str, look: str = "") -> Shown:
    """Nothing was found."""
    return Shown(points=0.0, evidence=what, look=look)


def score(facts: Facts, sections: dict[SectionName, Sequence[Check]]) -> Readiness:
    """Ask every test of every section."""
    items = []
    for section, checks in sections.items():
        for test, check in checks:
            shown = check(facts)
            look = shown.look.replace("MODEL", facts.spec.model)
            items.append(Item(section=section, test=test, points=shown.points, evidence=shown.evidence, look=look))
    sums = {section: sum(one.points for one in items if one.section == section) for section in sections}
    lowest = min(sums.values())
    return Readiness(
        model=facts.spec.model, score=lowest, meaning=meaning_of(lowest), sections=sums, items=tuple(items)
    )


def meaning_of(points: float) -> str:
    """The paper's reading of a score (its table 1).

    >>> meaning_of(0.0), meaning_of(2.5)
    ('more of a research project than a productionised system', 'reasonably tested, but more of it may be automated')
    """
    for limit, words in _MEANINGS:
        if points <= limit:
            return words
    return "exceptional levels of automated testing and monitoring"


_MEANINGS = (
    (0.0, "more of a research project than a productionised system"),
    (1.0, "not totally untested, but it is worth considering the possibility of serious holes"),
    (2.0, "a first pass at basic productionisation, but more is due"),
    (3.0, "reasonably tested, but more of it may be automated"),
    (5.0, "strong levels of automated testing and monitoring, appropriate for mission-critical systems"),
)
