"""What a retraining policy is: what is known at event time t → retrain or not, with reasons and figures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from infra.domain.alerts import Evidence
from infra.spec import ModelSpec
from monitoring.policies.situation import How, Past, Situation

TIRED_AFTER = 3
"""Warm updates in a row that did not pay, before a training from scratch is tried."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Verdict:
    """Retrain or not, how, and why: `reason` is the sentence a person reads, `evidence` its figures.

    `past` is what of the past is learnt from again; `version` the one to be brought back, where that is how.
    """

    retrain: bool
    reason: str
    evidence: Evidence
    how: How = "warm"
    past: Past = "reservoir"
    version: int | None = None


class Policy(Protocol):
    """Decides when to retrain. It is pure: the same situation gives the same verdict.

    It may say what it looks at by `needs`, of `drift` and `alarm`, so that a backtest computes no more, and by
    `wants_rivals(situation)` how many earlier versions are to be asked about the newest labelled rows beforehand:
    the latest, or from three on the first, the last and others evenly between.
    """

    @property
    def name(self) -> str: ...

    def decide(self, situation: Situation) -> Verdict:
        """Weigh a retraining now."""


def choose_how(situation: Situation, spec: ModelSpec) -> How:
    """Warm from the champion's weights, unless the model file says scratch or three warm updates running did not pay.

    From scratch costs several times a warm update and seldom ends better, so it is the last resort.
    """
    if spec.learner.start == "scratch":
        return "scratch"
    latest = situation.past[-TIRED_AFTER:]
    tired = len(latest) == TIRED_AFTER and all(run.how == "warm" and not run.paid for run in latest)
    return "scratch" if tired else "warm"
