"""The model file: what a user says about a model, checked whole, with every default spelled out."""

from infra.spec.data import Data
from infra.spec.learner import Learner
from infra.spec.model_file import ModelSpec
from infra.spec.money import Costs
from infra.spec.reading import parse_spec, read_spec
from infra.spec.retraining import Promotion, Retraining
from infra.spec.spans import Span
from infra.spec.watching import Labels, Monitoring

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
