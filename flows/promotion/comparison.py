"""What a promotion is decided on, and what comes of it. Records alone; the rules stand beside them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from flows.promotion.losses import Losses
from infra.domain.corrections import CorrectionTests
from infra.domain.decisions import Reason

MINIMUM_ROWS = 50
"""On fewer held-out rows nobody is promoted."""

Confidences = npt.NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Golden:
    """Losses of each side on the trusted set (length n), and the set's name and hash."""

    name: str
    sha256: str
    candidate: Losses
    champion: Losses | None


@dataclass(frozen=True, kw_only=True)
class Answered:
    """What one side costs where it answers: seconds for one row, the quickest of several tries, and its bytes."""

    seconds: float
    size_bytes: int


@dataclass(frozen=True, kw_only=True)
class Load:
    """The candidate's bundle taken up as the service does it; `problem` is empty where it answered as it should.

    `candidate` is None where it could not be asked.
    """

    problem: str
    candidate: Answered | None
    champion: Answered | None


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """Losses of each side on the same held-out rows (length n), all from the same moment on.

    `sure` marks the rows that the champion answered with confidence of at least 0.9.
    `slices` maps a column to its values, one a row. The confidences (0..1, of the answered class) are None for
    numbers. What is None was not measured, and its rule is left out.
    """

    task: str
    candidate: Losses
    champion: Losses | None
    baseline: Losses
    sure: npt.NDArray[np.bool_]
    slices: Mapping[str, npt.NDArray[np.object_]]
    candidate_confidence: Confidences | None = None
    champion_confidence: Confidences | None = None
    golden: Golden | None = None
    corrections: CorrectionTests | None = None
    load: Load | None = None
    doubt: str = ""
    """Why the labels may be wrong, in words; nothing where no alert says so, or a trusted set stands beside them."""


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """Promote or not, with every reason; `accepted` is the candidate's headline metric on the held-out rows.

    `p_value` is that of "better than the champion"; None where there was nobody to compare with.
    """

    promote: bool
    reasons: tuple[Reason, ...]
    accepted: float
    p_value: float | None = None

    @property
    def failed(self) -> tuple[str, ...]:
        """The names of the rules that did not hold."""
        return tuple(dict.fromkeys(reason.rule for reason in self.reasons if not reason.passed))

    @property
    def waits_in_shadow(self) -> bool:
        """Whether labels that are still to come decide about it, and nothing else speaks against it."""
        return "shadow" in self.failed and set(self.failed) <= {"shadow", "approval", "better"}

    @property
    def awaits_approval(self) -> bool:
        """Whether a person's word is all that is missing."""
        return self.failed == ("approval",)
