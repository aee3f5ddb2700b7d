"""What came of a retraining that was promoted: the old version and the new one on the same labelled rows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Return:
    """Sums over the rows that the new version answered and whose labels came; from them everything else follows.

    `gain` is the sum over rows of what the new version saved: for classes 1 for a row it alone has right and -1 for
    one it alone has wrong, for numbers the old version's absolute error less the new one's. `old_loss` is the sum of
    the old version's losses, so that a gain has a unit to be read in. `forecast_per_decision` is what the policy
    expected of each decision, in the same measure: a share of decisions, for numbers a share of the old error.
    None: it expected nothing, or no price was known.
    """

    run_id: str
    model: str
    version: int
    previous_version: int
    task: str
    at: datetime
    """When it was promoted."""
    through: datetime
    """The event time of the latest row that was compared."""
    last_seq: int
    """Rows up to this arrival were looked at."""
    rows: int = 0
    better: int = 0
    worse: int = 0
    gain: float = 0.0
    gain_squares: float = 0.0
    old_loss: float = 0.0
    forecast_per_decision: float | None = None
    wrong_decision: float | None = None
    currency: str = "USD"
    is_closed: bool = False
    """Nothing more is compared: another version serves, or it was followed for long enough."""
