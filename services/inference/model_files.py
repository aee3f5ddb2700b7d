"""Model files as the database keeps them, each text read once."""

from __future__ import annotations

from functools import lru_cache

from infra.ports import RegisteredModel
from infra.spec import ModelSpec, parse_spec


def spec_of(model: RegisteredModel) -> ModelSpec:
    """Raises SpecError: the stored text is not accepted any more."""
    return _read(model.name, model.spec_yaml)


@lru_cache(maxsize=256)
def _read(name: str, text: str) -> ModelSpec:
    return parse_spec(text, f"model file of {name}")
