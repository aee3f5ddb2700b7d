"""The policy that a model file names: one of ours, or the user's own by import path."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib import import_module

from infra.domain.errors import Mistake, SpecError
from infra.spec import ModelSpec
from infra.spec.retraining import Combination
from monitoring.policies.combined import Combined
from monitoring.policies.cost_aware import CostAware
from monitoring.policies.degradation import Degradation
from monitoring.policies.drift import Drift
from monitoring.policies.every import Every
from monitoring.policies.never import Never
from monitoring.policies.policy import Policy

_OURS: dict[str, Callable[[ModelSpec], Policy]] = {
    "never": lambda _: Never(),
    "every": lambda spec: Every(spec=spec),
    "drift": lambda spec: Drift(spec=spec),
    "degradation": lambda spec: Degradation(spec=spec),
    "cost_aware": lambda spec: CostAware(spec=spec),
}


def policy_for(spec: ModelSpec, allowed_modules: Sequence[str] = ()) -> Policy:
    """The policy in force. `package.module:name` is called with the spec and must return a Policy.

    Only modules that the operator named in `allowed_modules` are imported.

    Raises:
        SpecError: the module is not allowed, cannot be imported, or its name is no maker of policies.
    """
    asked = spec.retraining.policy
    if isinstance(asked, Combination):
        members = tuple(named_policy(name, spec, allowed_modules) for name in asked.members)
        return Combined(members=members, least=asked.least, name=str(asked))
    return named_policy(asked, spec, allowed_modules)


def named_policy(named: str, spec: ModelSpec, allowed_modules: Sequence[str] = ()) -> Policy:
    """The policy of this name, ours or the user's own; errors as in `policy_for`."""
    if named in _OURS:
        return _OURS[named](spec)
    module, _, attribute = named.partition(":")
    if module not in allowed_modules:
        raise _mistake(spec, f"module {module!r} may not run here: name it in KEEPSHARP_ALLOWED_MODULES")
    try:
        maker = getattr(import_module(module), attribute)
    except Exception as error:  # the user's own code, which may raise anything
        raise _mistake(spec, f"{named!r} cannot be imported ({error}): check the module path and the name") from error
    try:
        policy = maker(spec) if callable(maker) else maker
    except Exception as error:  # the user's own code, which may raise anything
        raise _mistake(spec, f"{named!r} called with the model file raised {type(error).__name__}: {error}") from error
    if not callable(getattr(policy, "decide", None)) or not isinstance(getattr(policy, "name", None), str):
        raise _mistake(spec, f"{named!r} gave {policy!r}: a policy has a `name` and `decide(situation) -> Verdict`")
    return policy  # type: ignore[no-any-return]  # checked above; its module is known only at run time


def _mistake(spec: ModelSpec, problem: str) -> SpecError:
    return SpecError(spec.model, [Mistake(where="retraining.policy", line=None, problem=problem)])
