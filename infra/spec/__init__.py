"""The model file: what a user says about a model, checked whole, with every default spelled out."""

from infra.spec.model_file import (
    Costs,
    Data,
    Labels,
    Learner,
    ModelSpec,
    Monitoring,
    Promotion,
    Retraining,
)
from infra.spec.reading import parse_spec, read_spec
from infra.spec.spans import Span

__all__ = [
    "Costs",
    "Data",
    "Labels",
    "Learner",
    "ModelSpec",
    "Monitoring",
    "Promotion",
    "Retraining",
    "Span",
    "parse_spec",
    "read_spec",
]
