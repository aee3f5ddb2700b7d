"""Several policies together: retrain when any of them, all of them, or at least so many say so."""

from __future__ import annotations

from dataclasses import dataclass

from infra.domain.alerts import Evidence
from monitoring.policies.policy import Policy, Verdict
from monitoring.policies.situation import Situation


@dataclass(frozen=True, kw_only=True, slots=True)
class Combined:
    """Retrains when at least `least` of its members would, in the way that the first of them names."""

    members: tuple[Policy, ...]
    least: int
    name: str

    @property
    def needs(self) -> tuple[str, ...]:
        """What its members look at."""
        return tuple(sorted({need for one in self.members for need in getattr(one, "needs", ("drift", "alarm"))}))

    def wants_rivals(self, situation: Situation) -> int:
        """How many earlier versions the most curious of its members would have asked."""
        asking = (getattr(one, "wants_rivals", None) for one in self.members)
        return max((int(ask(situation)) for ask in asking if ask is not None), default=0)

    def decide(self, situation: Situation) -> Verdict:
        """Every member is asked, so that the record shows them all."""
        verdicts = [(one.name, one.decide(situation)) for one in self.members]
        voting = [verdict for _, verdict in verdicts if verdict.retrain]
        said = " ".join(f"{name}: {'yes' if one.retrain else 'no'}, {one.reason}" for name, one in verdicts)
        evidence: Evidence = {
            f"{name}.{figure}": value for name, one in verdicts for figure, value in one.evidence.items()
        }
        first = voting[0] if voting else verdicts[0][1]
        return Verdict(
            retrain=len(voting) >= self.least,
            reason=f"{len(voting)} of {len(verdicts)} policies would retrain, and {self.least} must. {said}",
            evidence={**evidence, "votes": len(voting), "votes_needed": self.least},
            how=first.how,
            past=first.past,
            version=first.version,
        )
