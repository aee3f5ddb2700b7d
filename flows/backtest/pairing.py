"""The gate that a candidate passes before it serves, as the service has it: on held-out rows, spending its level.

Of everything that `flows.promotion` asks, this is the paired test against the champion, which decides nearly always;
flips, slices, calibration and speed are not looked at here.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from flows.backtest.bank import Bank, Trained
from flows.promotion.alpha import allot
from flows.promotion.comparison import MINIMUM_ROWS
from flows.promotion.pairs import paired_p_value
from infra.domain.holdouts import HoldoutUse


@dataclass
class Gate:
    """Judges the candidates of one policy's run, and keeps what they used up."""

    bank: Bank
    uses: list[HoldoutUse] = field(default_factory=list)

    def passes(
        self, candidate: Trained, champion: Trained, start: int, stop: int, at: datetime, alarm_since: datetime | None
    ) -> bool:
        """Whether the candidate is better than the champion on rows that neither has learnt, at the level left to it.

        Args:
            candidate: who would serve.
            champion: who serves.
            start: the first of the held-out rows.
            stop: the row after the last of them.
            at: event time of the decision.
            alarm_since: when the standing alarm about accuracy was raised; None without one.
        """
        if stop - start < MINIMUM_ROWS:
            return False
        confidence = self.bank.stream.spec.promotion.confidence
        allotted = allot(confidence, self.uses, range(start, stop), alarm_since=alarm_since)
        worse, better = (self.bank.losses_on(model, start, stop)[0] for model in (champion, candidate))
        p_value = paired_p_value(worse, better)
        promoted = p_value <= allotted.alpha
        self.uses.append(
            HoldoutUse(
                id=str(len(self.uses)),
                model=self.bank.stream.spec.model,
                at=at,
                version=len(self.uses) + 2,
                run_id=str(len(self.uses)),
                kind="window",
                first_seq=start,
                last_seq=stop - 1,
                rows=stop - start,
                sha256=candidate.key,
                alpha=allotted.alpha,
                later=0.0,
                p_value=p_value,
                outcome="promote" if promoted else "reject",
            )
        )
        return promoted
