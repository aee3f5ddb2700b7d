"""Champion against candidate on rows that neither was trained on: promote, or reject with every reason at once.

Pure: it knows no database, clock, tracker or network, only what each side got right, and what was measured of both.
"""

from __future__ import annotations

from flows.promotion.alpha import Allotment, allot
from flows.promotion.comparison import (
    MINIMUM_ROWS,
    Answered,
    Comparison,
    Golden,
    Load,
    Verdict,
)
from flows.promotion.deciding import decide_promotion
from flows.promotion.losses import Losses, losses
from flows.promotion.pairs import bootstrap_interval, bootstrap_p_value, difference_interval, headline, paired_p_value

__all__ = [
    "MINIMUM_ROWS",
    "Allotment",
    "Answered",
    "Comparison",
    "Golden",
    "Load",
    "Losses",
    "Verdict",
    "allot",
    "bootstrap_interval",
    "bootstrap_p_value",
    "decide_promotion",
    "difference_interval",
    "headline",
    "losses",
    "paired_p_value",
]
