"""Where a training from scratch begins: at random weights, or at the checkpoint that the model file names."""

from __future__ import annotations

from flows.desk import Desk
from flows.training.pretrained import Pretrained, read_pretrained


def given_start(desk: Desk) -> Pretrained | None:
    """The checkpoint under `learner.start`, read and verified; None where the model file names none.

    Raises:
        TrainingFailed: there is no such file, or it is no safetensors.
        NotFound: this model has no version of that number.
        BundleError: the bundle is damaged.
    """
    start = desk.spec.learner.start
    if start in ("warm", "scratch"):
        return None
    if isinstance(start, int):
        candidate = desk.ports.versions.get(desk.spec.model, start)
        return Pretrained.of(desk.bundle(candidate.sha256), f"version {start}")
    return read_pretrained(desk.folder / start, allowed_modules=desk.allowed_modules)
