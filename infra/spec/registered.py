"""Model files as the database keeps them: the one place that reads them, and each text once in a process."""

from __future__ import annotations

from functools import lru_cache

from infra.spec.model_file import ModelSpec
from infra.spec.reading import parse_spec

KEPT = 512


@lru_cache(maxsize=KEPT)
def spec_as_registered(text: str, model: str) -> ModelSpec:
    """The stored model file of `model`. Raises SpecError: this version of keepsharp does not accept it any more."""
    return parse_spec(text, f"model file of {model}")
