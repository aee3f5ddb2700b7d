"""What a finished training becomes: its answers to the validation rows calibrated and doubted, and all of it a bundle.

It knows nothing of epochs or steps.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from flows.training.beginning import Beginning, network_config
from flows.training.calibration import conformal_half_width, fit_temperature
from flows.training.epochs import Training
from flows.training.guarding import notes_on_classes, notes_on_numbers, refuse_constant
from flows.training.plan import UNKNOWN_CLASS, Rows
from flows.training.pretrained import Pretrained
from infra.domain.values import Features
from infra.model.bundle import ModelBundle
from infra.model.packing import Interval
from infra.spec import ModelSpec

INTERVAL_COVERAGE = 0.9
"""How often the truth is to lie within a regression's interval."""

Origin = Mapping[str, str | int | float | None]


@dataclass(frozen=True, kw_only=True)
class Finished:
    """The bundle, and what is doubtful about it, such as being no better than chance."""

    bundle: ModelBundle
    notes: tuple[str, ...]


def finish(
    training: Training, validation: Rows, beginning: Beginning, *, spec: ModelSpec, origin: Origin, example: Features
) -> Finished:
    """Calibrate on the validation rows and pack; the network goes to the CPU and learns no more.

    Raises:
        TrainingFailed: all rows that differ are answered alike.
    """
    outputs = training.outputs(validation)
    if training.rows_differ:
        refuse_constant(outputs)
    notes = _notes(outputs, validation, beginning)
    classes = beginning.classes is not None
    temperature = _temperature(outputs, validation) if classes else 1.0
    interval = None if classes else _interval(outputs, validation, beginning)
    training.network.cpu().requires_grad_(False)
    bundle = _bundle(spec, beginning, temperature, interval, origin)
    return Finished(bundle=bundle.with_example(example), notes=notes)


def origin_of(
    provenance: Origin,
    beginning: Beginning,
    start: ModelBundle | Pretrained | None,
    training: Training,
    seed: int,
    device: torch.device,
) -> Origin:
    """The caller's provenance, and what the training itself knows."""
    return {
        **provenance,
        "started": beginning.started,
        "start_sha256": start.sha256 if start is not None and beginning.started != "scratch" else None,
        "start_note": beginning.note,
        "parameters": sum(parameter.numel() for parameter in beginning.network.parameters()),
        "epochs": len(training.history),
        "best_epoch": training.best_epoch,
        "seed": seed,
        "device": device.type,
        "torch": str(torch.__version__),
    }


def _notes(outputs: Tensor, validation: Rows, beginning: Beginning) -> tuple[str, ...]:
    """What is doubtful about the answers to the validation rows."""
    if beginning.classes is None:
        return tuple(notes_on_numbers(outputs[:, 0] - validation.target, validation.target))
    return tuple(notes_on_classes(outputs, validation.target, beginning.classes))


def _temperature(outputs: Tensor, validation: Rows) -> float:
    known = validation.target != UNKNOWN_CLASS
    logits = outputs[known].double().cpu().numpy()
    return fit_temperature(logits, validation.target[known].cpu().numpy())


def _interval(outputs: Tensor, validation: Rows, beginning: Beginning) -> Interval | None:
    errors = (outputs[:, 0] - validation.target).double().cpu().numpy() * beginning.target_std
    half_width = conformal_half_width(errors, INTERVAL_COVERAGE)
    return None if half_width is None else Interval(coverage=INTERVAL_COVERAGE, half_width=half_width)


def _bundle(
    spec: ModelSpec,
    beginning: Beginning,
    temperature: float,
    interval: Interval | None,
    origin: Origin,
) -> ModelBundle:
    return ModelBundle(
        task=spec.task,
        schema=beginning.schema,
        network_name=spec.network,
        network_config=network_config(spec),
        network=beginning.network,
        classes=beginning.classes,
        target_mean=beginning.target_mean,
        target_std=beginning.target_std,
        temperature=temperature,
        provenance=origin,
        interval=interval,
    )
