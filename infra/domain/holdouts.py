"""The uses of held-out rows: each test of a candidate uses some of what they can say."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

HoldoutKind = Literal["window", "golden", "shadow"]
"""The newest mature rows · the trusted set · labels that came while a candidate ran in shadow."""
HoldoutOutcome = Literal["promote", "reject", "wait"]


@dataclass(frozen=True, kw_only=True, slots=True)
class HoldoutUse:
    """Rows that a candidate was judged on, at which level, and what came of it.

    `first_seq` and `last_seq` are places in the order of arrival, 0 for a trusted set. `sha256` is of the rows' ids
    and labels, or of the set's file. `alpha` is None where the rows could only speak against the candidate.
    `later` is what is left of it for the sequential test.
    """

    id: str
    model: str
    at: datetime
    version: int
    run_id: str
    kind: HoldoutKind
    first_seq: int
    last_seq: int
    rows: int
    sha256: str
    alpha: float | None
    later: float
    p_value: float | None
    outcome: HoldoutOutcome
