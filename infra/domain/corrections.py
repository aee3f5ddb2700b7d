"""What a retraining corrected: the mistakes of the model before, what became of them, and the tests they leave behind.

A *mistake* is a labelled row that the model before answers wrongly; of a number, one that it misses by more than the
ledger's `tolerance`. A *negative flip* is a row that it answers rightly and the model after does not.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from math import comb
from typing import Literal

from infra.domain.values import Answer, Feature, Features

Part = Literal["train", "validation", "holdout"]
Fate = Literal["fixed", "still_wrong", "broken"]
"""A mistake that is right now · one that is still wrong · a negative flip."""
TestState = Literal["kept", "forgotten", "fixed_again", "rebroken"]
"""As the champions have left it: right ever since · wrong · right again after that · and wrong once more."""

_UNLIKELY = 0.05


@dataclass(frozen=True, kw_only=True, slots=True)
class Reading:
    """What one model makes of one row.

    `truth_probability` is what it gave to the true class, None for numbers. `loss` is −ln of it (nats), or the
    absolute error in the target's units.
    """

    answer: Answer
    truth_probability: float | None
    loss: float


@dataclass(frozen=True, kw_only=True, slots=True)
class MovedBy:
    """How much one feature spoke for the truth, before and after.

    In log-odds of the true class, or in the target's units for numbers: its part of the difference between this
    row and a row of which nothing is known.
    """

    feature: str
    value: Feature
    before: float | None
    after: float

    @property
    def change(self) -> float:
        """After less before; all of `after` where nothing is known of before."""
        return self.after - (self.before or 0.0)


@dataclass(frozen=True, kw_only=True, slots=True)
class Pusher:
    """A training row that pushed the answer: towards the truth where `influence` is above 0, away from it below.

    `itself` says that it is the very row it pushed.
    """

    id: str
    truth: Answer
    influence: float
    itself: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class CorrectedRow:
    """One row of a ledger, kept whole. `place` counts from 1, the most telling first.

    `saliency` is a picture of the same size as the row's own (base64 PNG), brighter where the answer hung on it.
    """

    run_id: str
    model: str
    place: int
    id: str
    part: Part
    time: datetime
    fate: Fate
    truth: Answer
    before: Reading
    after: Reading
    features: Features
    moved_by: tuple[MovedBy, ...] = ()
    pushers: tuple[Pusher, ...] = ()
    saliency: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class PartCounts:
    """All rows of one part, counted. `fixed` and `still_wrong` add up to `mistakes`."""

    part: Part
    rows: int
    mistakes: int
    fixed: int
    still_wrong: int
    broken: int


@dataclass(frozen=True, kw_only=True, slots=True)
class LayerBlame:
    """One layer's part in the mistakes and in their correction.

    `gradient_share` is its part of the squared norm of the gradient of the mistakes' mean loss, at the weights
    before; over all layers they sum to 1. `weight_change` is ‖after − before‖ ÷ ‖before‖ (Frobenius). None where it
    was not measured.
    """

    layer: str
    parameters: int
    gradient_share: float | None
    weight_change: float | None


@dataclass(frozen=True, kw_only=True, slots=True)
class CorrectionLedger:
    """What one run corrected. `before` says in words what its mistakes were mistakes of.

    `before_version` is None where no model served before: then `before` is an answer that knows no features.
    `mean_loss_*` are over all mistakes, None where there were none. `tolerance` is None for classes.
    """

    run_id: str
    model: str
    at: datetime
    before: str
    before_version: int | None
    parts: tuple[PartCounts, ...]
    layers: tuple[LayerBlame, ...]
    mean_loss_before: float | None
    mean_loss_after: float | None
    kept: int
    """Rows kept whole: the most telling mistakes, then the most telling flips."""
    rule: str
    """How the kept ones were chosen, in words."""
    influence: str
    """Which layers and which moments of the training the pushers were read from, in words."""
    tolerance: float | None = None

    @property
    def mistakes(self) -> int:
        """Over all parts."""
        return sum(one.mistakes for one in self.parts)

    @property
    def fixed(self) -> int:
        """Over all parts."""
        return sum(one.fixed for one in self.parts)

    @property
    def still_wrong(self) -> int:
        """Over all parts."""
        return sum(one.still_wrong for one in self.parts)

    @property
    def broken(self) -> int:
        """Over all parts."""
        return sum(one.broken for one in self.parts)


@dataclass(frozen=True, kw_only=True, slots=True)
class CorrectionTest:
    """A corrected mistake that every later candidate is asked about.

    `time` is the event time of the row. `state` is as the champions have left it. A withdrawn test is asked no more.
    `version` corrected it first, by the run `run_id`; of one that a person made, it is the version of that run.
    """

    model: str
    prediction_id: str
    time: datetime
    features: Features
    truth: Answer
    tolerance: float | None
    version: int
    run_id: str
    added_at: datetime
    state: TestState = "kept"
    withdrawn_at: datetime | None = None
    withdrawn_because: str = ""
    made_by: str = ""
    """The person who made it a test; it is asked as long as its label stands. Empty where it became one by itself."""


@dataclass(frozen=True, kw_only=True, slots=True)
class CorrectionTests:
    """What a candidate made of the standing tests: `kept` + `forgotten` + `rebroken` = `total`.

    `lost` of them the champion answers rightly and the candidate does not; `regained` the other way round.
    `set_aside` more were asked and are not held against it, since they are older than the change it was trained for.
    `expected_lost` is how many of the tests rows alike would lose: a test is right by choice, often by little, so that
    any retraining turns some of them; None where it could not be told.
    """

    total: int
    kept: int
    forgotten: int
    rebroken: int
    lost: int = 0
    regained: int = 0
    set_aside: int = 0
    expected_lost: float | None = None

    @property
    def surely_lost(self) -> float | None:
        """Share of all tests that is lost beyond chance and beyond rows alike; None without tests.

        The lower end of the one-sided 95 % interval (Clopper and Pearson 1934) of those lost, net of those regained,
        less what was expected.

        >>> found = CorrectionTests(total=50, kept=40, forgotten=9, rebroken=1, lost=10, regained=0, expected_lost=2.0)
        >>> round(found.surely_lost, 3)
        0.073
        """
        if not self.total:
            return None
        least = _least_share(max(0, self.lost - self.regained), self.total)
        return max(0.0, least - (self.expected_lost or 0.0) / self.total)

    @property
    def lost_share(self) -> float | None:
        """Share of all tests that promoting the candidate would lose, net of those regained; None without tests.

        >>> CorrectionTests(total=50, kept=40, forgotten=9, rebroken=1, lost=6, regained=1).lost_share
        0.1
        """
        return (self.lost - self.regained) / self.total if self.total else None


def _least_share(count: int, of: int) -> float:
    """The smallest share that `count` or more `of` so many are still likely at, at 5 %."""
    low, high = 0.0, count / of
    for _ in range(40):
        share = (low + high) / 2
        fewer = sum(comb(of, k) * share**k * (1 - share) ** (of - k) for k in range(count))
        low, high = (share, high) if 1 - fewer < _UNLIKELY else (low, share)
    return low if count else 0.0
