"""What readiness is judged by: records of one model, gathered before. Nothing here is anybody's word for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from infra.domain.alerts import Notice
from infra.domain.decisions import Champion, PromotionDecision, Reason, TrainingRun
from infra.domain.deeds import Deed, Verified
from infra.domain.windows import PerformanceReport, Window
from infra.spec import ModelSpec


@dataclass(frozen=True, kw_only=True)
class Facts:
    """Windows, decisions, runs, notices and deeds come newest first. `decision` is the one that the champion serves by;
    `columns` are the features that its bundle was frozen with."""

    spec: ModelSpec
    spec_sha256: str
    champion: Champion | None
    decision: PromotionDecision | None
    run: TrainingRun | None
    columns: Sequence[str]
    schemas: int
    """How many different sets of features its versions were trained with."""
    windows: Sequence[Window]
    decisions: Sequence[PromotionDecision]
    runs: Sequence[TrainingRun]
    notices: Sequence[Notice]
    deeds: Sequence[Deed]
    verified: Verified
    keys: int
    looked_after: bool
    """The monitor has given a sign of life, and its last look went well."""
    beside: Mapping[str, int]
    """How many answers the challenger and the simple model have given unseen, by role."""
    explained: str | None
    """The id of the newest prediction whose run and decision could both be found; None when there is none."""

    def reason(self, rule: str) -> Reason | None:
        """What the champion's decision says by that rule; where a person let it serve again, what its verdict said."""
        now = self.decision
        earlier = [one for one in self.decisions if now is not None and one.version == now.version]
        reasons = [reason for one in (*([now] if now is not None else []), *earlier) for reason in one.reasons]
        return next((one for one in reasons if one.rule == rule), None)

    @property
    def measured(self) -> list[PerformanceReport]:
        """Performances with labels, since the champion serves."""
        since = self.champion.since_seq if self.champion is not None else 0
        found = [one.performance for one in self.windows if one.first_seq > since and one.performance is not None]
        return [one for one in found if one.kind == "measured"]

    def done(self, act: str) -> list[Deed]:
        """The deeds of that name, newest first."""
        return [one for one in self.deeds if one.act == act]
