"""Which policies a backtest compares: those that a model file can name, and fixed paces to measure them by."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flows.backtest.comparing import FULL
from infra.domain.errors import Mistake, SpecError
from infra.spec import ModelSpec
from monitoring.policies import How, Policy, Situation, Verdict, policy_for
from monitoring.policies.choosing import named_policy

OURS = ("never", "every", "drift", "degradation", "cost_aware")


@dataclass(frozen=True, kw_only=True, slots=True)
class Pace:
    """Retrains whenever so many windows were answered since it last did. A yardstick, no policy of a model file."""

    name: str
    windows: int
    how: How
    needs: tuple[str, ...] = ()

    def decide(self, situation: Situation) -> Verdict:
        """Whatever the labels say."""
        due = situation.new_labels > 0 and situation.arrivals_since >= self.windows * situation.decisions_ahead
        return Verdict(
            retrain=due,
            reason=f"{situation.arrivals_since} rows since the last retraining.",
            evidence={"arrivals_since": situation.arrivals_since},
            how=self.how,
            past="recent" if self.how == "scratch" else "reservoir",
        )


PACES: tuple[Policy, ...] = (
    Pace(name=FULL, windows=1, how="scratch"),
    Pace(name="scratch every 3 windows", windows=3, how="scratch"),
    Pace(name="warm every window", windows=1, how="warm"),
    Pace(name="warm every 2 windows", windows=2, how="warm"),
    Pace(name="warm every 5 windows", windows=5, how="warm"),
)


def contestants(spec: ModelSpec, names: Sequence[str], allowed_modules: Sequence[str] = ()) -> tuple[Policy, ...]:
    """The policies of these names in their order, or all where none is named; the one in force is always among them.

    Raises:
        SpecError: a name is neither a policy nor a pace, or the user's own cannot be imported.
    """
    in_force = policy_for(spec, allowed_modules)
    paces = {one.name: one for one in PACES}
    if not names:
        every = [named_policy(name, spec, allowed_modules) for name in OURS]
        return _once([*every, *paces.values(), in_force])
    found = []
    for name in names:
        if name in paces:
            found.append(paces[name])
        elif name in OURS or ":" in name:
            found.append(named_policy(name, spec, allowed_modules))
        else:
            accepted = ", ".join(f"`{one}`" for one in (*OURS, *paces))
            raise SpecError("--policy", [Mistake(where=name, line=None, problem=f"is no policy; accepted: {accepted}")])
    return _once([*found, in_force])


def _once(policies: Sequence[Policy]) -> tuple[Policy, ...]:
    return tuple({one.name: one for one in policies}.values())
