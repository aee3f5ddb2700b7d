"""What serves now: for each model one bundle and the champion it belongs to, swapped whole.

A request takes one `Serving` and answers every row with it, so that no answer mixes two versions. It knows
nothing of HTTP, databases or of how a bundle is fetched.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from infra.domain.decisions import Champion
from infra.domain.errors import BundleError
from infra.model.bundle import ModelBundle


@dataclass(frozen=True, kw_only=True)
class Serving:
    """One version of one model, loaded and proved."""

    champion: Champion
    bundle: ModelBundle

    @property
    def version(self) -> int:
        """The version that answers."""
        return self.champion.version

    def warm_up(self) -> None:
        """Answer one row of zeros, so that the first request does not pay for the first call.

        Raises:
            BundleError: the network gives no answer.
        """
        answers = self.bundle.answer(np.zeros((1, self.bundle.schema.width), dtype=np.float32))
        if len(answers.values) != 1:
            raise BundleError(f"version {self.version} gave {len(answers.values)} answers for one row: train it again")


class Predictor:
    """The serving versions of all models. `swap` is one reference assignment: readers need no lock."""

    def __init__(self) -> None:
        self._serving: Mapping[str, Serving] = MappingProxyType({})

    def serving(self, model: str) -> Serving | None:
        """What answers for this model now, or None when nothing is loaded."""
        return self._serving.get(model)

    def all(self) -> Mapping[str, Serving]:
        """A view of one moment, by model."""
        return self._serving

    def swap(self, serving: Serving) -> None:
        """From the next request on, this version answers for its model."""
        self._serving = MappingProxyType({**self._serving, serving.champion.model: serving})
