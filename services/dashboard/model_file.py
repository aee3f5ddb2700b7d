"""What pages read of a model's file; a file that this version of keepsharp does not accept any more stops no page."""

from __future__ import annotations

from collections.abc import Sequence

from infra.display.wording import Metric
from infra.domain.errors import SpecError
from infra.domain.windows import Window
from infra.ports import RegisteredModel
from infra.spec import ModelSpec
from infra.spec.registered import spec_as_registered


def spec_of(model: RegisteredModel) -> ModelSpec | None:
    """The model file as it is registered; None when it is not accepted."""
    try:
        return spec_as_registered(model.spec_yaml, model.name)
    except SpecError:
        return None


def metric_of(model: RegisteredModel, newest: Sequence[Window] = ()) -> Metric:
    """The headline metric: the model file's, or where that is not accepted that of these windows, or accuracy."""
    spec = spec_of(model)
    if spec is not None:
        return "accuracy" if spec.task == "classification" else "mae"
    return next((window.performance.metric for window in newest if window.performance), "accuracy")


def currency_of(model: RegisteredModel) -> str:
    """The currency of its prices; empty where nobody can tell."""
    spec = spec_of(model)
    return spec.costs.currency if spec is not None else ""
