"""A run made again from its snapshot, its seed and what it started from: are the weights the same, to the bit?

Nothing is kept, registered or promoted. The model file in force decides the learner, as it did for the run.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from flows.desk import Desk
from flows.rows.frozen import parts_of
from flows.rows.starting import given_start
from flows.training.fitting import fit
from flows.training.pretrained import Pretrained
from infra.domain.decisions import TrainingRun
from infra.domain.errors import DataError
from infra.model.bundle import ModelBundle

_CALLERS = ("start", "seed", "snapshot", "train_rows", "fresh_rows", "replayed_rows", "trained_through_seq")
"""What `flows.retraining.attempt` writes of a bundle's provenance; the rest is written by the training itself."""


@dataclass(frozen=True, kw_only=True)
class Reproduced:
    """The run beside the training made again. `why` names what is known to differ, where it did not come out alike."""

    run: TrainingRun
    version: int
    weights: str
    """SHA-256 of the weights as they are kept."""
    weights_again: str
    bundle: str
    bundle_again: str
    why: tuple[str, ...]

    @property
    def same(self) -> bool:
        """Whether the weights are the same, to the bit."""
        return self.weights == self.weights_again


def reproduce(desk: Desk, run_id: str) -> Reproduced:
    """Train the run again and compare.

    Raises:
        NotFound: there is no such run, or its snapshot is gone.
        DataError: it came to no version, so that there is nothing to compare with.
    """
    run, ports = desk.ports.runs.get(run_id), desk.ports
    kept = [one for one in ports.versions.all(desk.spec.model) if one.run_id == run_id]
    if not kept:
        raise DataError(
            f"run {run_id} of {desk.spec.model} came to no version ({run.state}): name one that `keepsharp runs "
            f"{desk.spec.model}` shows with a version"
        )
    config, weights = ports.versions.bundle(kept[-1].sha256)
    old = ModelBundle.unpack(config, weights, kept[-1].sha256, desk.allowed_modules)
    again = _trained_again(desk, run, old)
    weights_again = again.pack()[1]
    return Reproduced(
        run=run,
        version=kept[-1].version,
        weights=hashlib.sha256(weights).hexdigest(),
        weights_again=hashlib.sha256(weights_again).hexdigest(),
        bundle=kept[-1].sha256,
        bundle_again=again.sha256,
        why=tuple(_differences(old, again)),
    )


def _trained_again(desk: Desk, run: TrainingRun, old: ModelBundle) -> ModelBundle:
    parts = parts_of(desk, run.snapshot)
    train, validation = parts["train"], parts["validation"]
    return fit(
        train.frame,
        train.target,
        validation.frame,
        validation.target,
        spec=desk.spec,
        kinds={column.name: column.kind for column in old.schema.columns},
        start=_start(desk, run),
        seed=run.seed,
        provenance={name: old.provenance[name] for name in _CALLERS if name in old.provenance},
        allowed_modules=desk.allowed_modules,
    ).bundle


def _start(desk: Desk, run: TrainingRun) -> ModelBundle | Pretrained | None:
    kind, _, version = run.start.partition(":")
    if kind == "warm":
        return desk.bundle(desk.ports.versions.get(run.model, int(version)).sha256)
    return given_start(desk) if kind == "pretrained" else None


def _differences(old: ModelBundle, again: ModelBundle) -> list[str]:
    """What the two say differently about how they came to be."""
    names = sorted({*old.provenance, *again.provenance})
    said = [(name, old.provenance.get(name), again.provenance.get(name)) for name in names]
    found = [f"{name} was {before}, and is {after}" for name, before, after in said if before != after]
    if (old.network_name, dict(old.network_config)) != (again.network_name, dict(again.network_config)):
        found.append("the model file in force describes another network")
    return found
