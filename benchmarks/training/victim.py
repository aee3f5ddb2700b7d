"""A training that kills itself with SIGKILL before a step: `python -m benchmarks.training.victim FOLDER STEP`.

Step 0 never comes: the training goes through, and its bundle's config and weights are written to FOLDER. Nothing is
arranged for the kill: checkpoints come when the trainer finds them due, and the next process finds what there is.
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

from torch import nn

from benchmarks.training.ours import Counters, part, spec, train
from benchmarks.training.peers.task import one_thread
from flows.training.observing import Step

EPOCHS, BATCH, TRAIN_ROWS = 24, 256, 8_000
STEPS = EPOCHS * -(-TRAIN_ROWS // BATCH)


class Killed(Counters):
    """Counts as a ledger does, and dies before the weights of one step move."""

    def __init__(self, at: int) -> None:
        super().__init__()
        self._at = at

    def on_step(self, network: nn.Module, step: Step) -> None:
        super().on_step(network, step)
        if step.number == self._at:
            os.kill(os.getpid(), signal.SIGKILL)


def main() -> None:
    """Train in FOLDER, resuming what was left there."""
    folder, at = Path(sys.argv[1]), int(sys.argv[2])
    one_thread()
    asked = spec(epochs=EPOCHS, batch_size=BATCH, dropout=0.2, schedule="cosine", warm_up=0.1)
    fitted = train(part(TRAIN_ROWS, 0), part(1_000, 1), asked, folder / "checkpoint", observer=Killed(at))
    config, weights = fitted.bundle.pack()
    (folder / "weights.safetensors").write_bytes(weights)
    (folder / "config.json").write_text(config, encoding="utf-8")


if __name__ == "__main__":
    main()
