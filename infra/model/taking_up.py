"""Take a stored bundle up as the service does before it answers with it: the one way in, for serving and for judging.

It knows nothing of where bundles are kept, nor of who serves.
"""

from __future__ import annotations

import time
from collections.abc import Sequence

import numpy as np

from infra.domain.errors import BundleError
from infra.model.bundle import ModelBundle

TRIES = 20


def take_up(config: str, weights: bytes, sha256: str, allowed_modules: Sequence[str] = ()) -> ModelBundle:
    """The bundle, verified by its hash, proved by its own example, and warmed up by a row of zeros.

    Raises:
        BundleError: it is not what its hash claims, or does not answer as it did when it was made.
    """
    bundle = ModelBundle.unpack(config, weights, sha256, allowed_modules)
    bundle.prove()
    answers = bundle.answer(np.zeros((1, bundle.schema.width), dtype=np.float32))
    if len(answers.values) != 1:
        raise BundleError(f"the bundle gave {len(answers.values)} answers for one row: train it again")
    return bundle


def answer_seconds(*bundles: ModelBundle, tries: int = TRIES) -> list[float]:
    """Seconds that each needs to read and answer its own example, the quickest of several tries in turns.

    Other work on the machine can only make an answer slower, so that the quickest says most about the bundle.

    Raises:
        BundleError: one of them keeps no example.
    """
    quickest = [float("inf")] * len(bundles)
    for _ in range(tries):
        for place, bundle in enumerate(bundles):
            if bundle.example is None:
                raise BundleError("the bundle keeps no example to answer: train it again")
            began = time.perf_counter()
            bundle.answer(bundle.schema.parse([bundle.example.features]).block)
            quickest[place] = min(quickest[place], time.perf_counter() - began)
    return quickest
