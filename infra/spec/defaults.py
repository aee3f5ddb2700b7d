"""Every default in force for a model file, those that follow from other settings included."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import cast

from infra.spec.model_file import ModelSpec

Plain = str | int | float | bool | list[object] | dict[str, object] | None


def defaults_in_force(spec: ModelSpec) -> dict[str, Plain]:
    """What the model file does not say and keepsharp therefore assumes, by place, in the order of the file.

    None stands for what is not done at all: no budget, no schedule, no golden set.
    """
    said = dict(_leaves(spec.model_dump(mode="json", exclude_unset=True)))
    derived: dict[str, Plain] = {
        "learner.network": spec.network,
        "baseline": spec.baseline_in_force,
        "labels.expected_delay": str(spec.label_delay),
        "alerts.owner": spec.owner,
        "retraining.every": None if "every" not in spec.retraining.policies else f"2 × {spec.monitoring.window}",
        "promotion.probation": f"2 × {spec.monitoring.window}",
    }
    found = dict(_leaves(spec.model_dump(mode="json")))
    return {place: derived.get(place, value) for place, value in found.items() if place not in said}


def _leaves(values: Mapping[str, object], within: str = "") -> Iterator[tuple[str, Plain]]:
    for key, value in values.items():
        if isinstance(value, Mapping) and key != "features":
            yield from _leaves(value, f"{within}{key}.")
        else:
            yield f"{within}{key}", cast("Plain", value)
