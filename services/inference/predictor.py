"""What answers now: for each model its champion, who answers beside it and by which rules, swapped whole.

A request takes one `Serving` for a row and answers with it, so that no answer mixes two versions. It knows
nothing of HTTP, databases or of how a bundle is fetched.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal

from infra.domain.shadows import AppointmentRole
from infra.model.bundle import ModelBundle
from infra.spec.serving import Serving as Rules

Role = Literal["champion"] | AppointmentRole


@dataclass(frozen=True, kw_only=True)
class Serving:
    """One version of one model, loaded and proved. Two are equal when their hashes are: a hash names a bundle."""

    model: str
    version: int
    sha256: str
    bundle: ModelBundle = field(compare=False, repr=False)


@dataclass(frozen=True, kw_only=True)
class Deployment:
    """Everything that answers for one model at one moment."""

    champion: Serving
    rules: Rules
    challenger: Serving | None = None
    simple: Serving | None = None

    def held_by(self, role: Role) -> Serving | None:
        """Who holds the role."""
        holders = {"champion": self.champion, "challenger": self.challenger, "simple": self.simple}
        return holders[role]


class Predictor:
    """The deployments of all models. `swap` is one reference assignment: readers need no lock."""

    def __init__(self) -> None:
        self._deployments: Mapping[str, Deployment] = MappingProxyType({})

    def deployment(self, model: str) -> Deployment | None:
        """Everything that answers for this model now, or None when nothing is loaded."""
        return self._deployments.get(model)

    def serving(self, model: str) -> Serving | None:
        """The champion as it is loaded, or None."""
        deployment = self._deployments.get(model)
        return None if deployment is None else deployment.champion

    def challenger(self, model: str) -> Serving | None:
        """Who answers in shadow and takes the canary share, or None."""
        deployment = self._deployments.get(model)
        return None if deployment is None else deployment.challenger

    def simple(self, model: str) -> Serving | None:
        """The frozen simple model, or None."""
        deployment = self._deployments.get(model)
        return None if deployment is None else deployment.simple

    def is_shadowed(self, model: str) -> bool:
        """Whether anybody answers beside the champion."""
        deployment = self._deployments.get(model)
        return deployment is not None and (deployment.challenger is not None or deployment.simple is not None)

    def rules(self, model: str) -> Rules:
        """How answers are given and kept; the defaults where nothing is loaded."""
        deployment = self._deployments.get(model)
        return Rules() if deployment is None else deployment.rules

    def all(self) -> Mapping[str, Serving]:
        """The champions of one moment, by model."""
        return {model: deployment.champion for model, deployment in self._deployments.items()}

    def swap(self, deployment: Deployment) -> None:
        """From the next request on, these answer for their model."""
        self._deployments = MappingProxyType({**self._deployments, deployment.champion.model: deployment})
