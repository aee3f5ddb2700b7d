"""What is known at one event time when a retraining is weighed, and nothing of the future."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from infra.domain.alerts import Alert
from infra.domain.windows import Window

How = Literal["warm", "scratch", "bring_back"]
"""warm: from the champion's weights · scratch: from random ones · bring_back: an earlier version serves again."""
Past = Literal["recent", "growing", "reservoir"]
"""What of the past is learnt from again: its newest rows, all of it, or rows drawn evenly from all of it."""

_RECENT_FITS = 3
"""What is achievable is read from this many latest fits: the world of earlier ones may be gone."""


@dataclass(frozen=True, kw_only=True, slots=True)
class PastRetrain:
    """A finished retraining and what came of it. `cost` is in the model's currency; None: not known.

    `validation` is its score on fresh rows that it was not trained on, in the headline metric. `gain` is the
    measured improvement of the headline metric over the champion it replaced, on the same rows (positive is better;
    of an MAE, as a share of the accepted one), and `gain_error` its standard error; None: not yet measured.
    `stale_windows` is how many windows of labels the champion before it had not learnt.
    """

    at: datetime
    how: How
    promoted: bool
    cpu_seconds: float
    cost: float | None = None
    validation: float | None = None
    gain: float | None = None
    gain_error: float | None = None
    stale_windows: float = 1.0
    past: Past = "reservoir"

    @property
    def paid(self) -> bool:
        """Promoted, and not shown to have gained nothing: one window's gain is noisy, and is given its error."""
        return self.promoted and (self.gain is None or self.gain + (self.gain_error or 0.0) > 0.0)


@dataclass(frozen=True, kw_only=True, slots=True)
class Rival:
    """An earlier version beside the champion, on the same newest labelled rows, which neither was trained on.

    `gain` is how much better its headline metric is (positive: the rival is better), `error` its standard error.
    """

    version: int
    gain: float
    error: float
    rows: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Situation:
    """What a policy may know. Rows are counted in arrivals of this model, times are event times.

    `windows` are the recent windows, newest last, measured or not. `trained_seq` is the place of arrival of the
    last retraining attempt, promoted or not; `arrivals_since` and `new_labels` count from there. `accepted` is
    the level the champion was promoted at. `decisions_ahead` is how many answers will be given until a
    retraining can be weighed again. `brought_back` says that the champion served before, came back, and has learnt
    nothing since. `wrong_decision` is the price of one wrong answer; `budget_left` what may
    still be spent this month. None: no price, no budget.
    """

    model: str
    at: datetime
    metric: Literal["accuracy", "mae"]
    accepted: float
    windows: tuple[Window, ...]
    alerts: tuple[Alert, ...]
    trained_at: datetime
    trained_seq: int
    arrivals_since: int
    new_labels: int
    past: tuple[PastRetrain, ...]
    decisions_ahead: int
    wrong_decision: float | None = None
    budget_left: float | None = None
    rivals: tuple[Rival, ...] = ()
    brought_back: bool = False

    @property
    def windows_since(self) -> tuple[Window, ...]:
        """The windows that lie wholly after the last retraining."""
        return tuple(window for window in self.windows if window.first_seq > self.trained_seq)

    @property
    def achievable(self) -> float:
        """The best score shown by the latest fits, and the accepted level while there are fewer than three of them.

        One fit alone may have been judged on a hard stretch, and would talk the policy out of ever trying again.
        """
        scores = [run.validation for run in self.past[-_RECENT_FITS:] if run.validation is not None]
        if len(scores) < _RECENT_FITS:
            scores.append(self.accepted)
        return max(scores) if self.metric == "accuracy" else min(scores)

    @property
    def forecast_cpu_seconds(self) -> float | None:
        """The mean of past retrainings, failed and rejected ones included; None before the first."""
        return sum(run.cpu_seconds for run in self.past) / len(self.past) if self.past else None

    @property
    def forecast_cost(self) -> float | None:
        """The mean cost of past retrainings whose cost is known; None when there is none."""
        costs = [run.cost for run in self.past if run.cost is not None]
        return sum(costs) / len(costs) if costs else None
