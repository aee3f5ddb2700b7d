"""A training on a CUDA device: its speed-up over the CPU and how busy it kept the device, stated with the card."""

from __future__ import annotations

import time

import torch

from benchmarks.monitoring.parts import Asked, Found, say, table_of
from benchmarks.serving.figures import Figure
from benchmarks.training.ours import part, spec, train

ROWS, EPOCHS, HIDDEN, BATCH = 100_000, 10, [2048, 2048], 8192


def run(asked: Asked) -> Found:
    """A wide network on many rows, on the CPU and on the device; `unknown` where there is none."""
    name = "training on a CUDA device over the CPU, speed-up"
    if not torch.cuda.is_available():
        figure = Figure(name=name, value=None, unit="ratio", sign=">=", bound=1.0)
        return Found(figures=(figure,), not_run={"CUDA": "torch finds no CUDA device here, so that it is unknown"})
    rows, epochs = (20_000, 3) if asked.quick else (ROWS, EPOCHS)
    parts = part(rows, 0), part(2_500, 1)
    found = {}
    for label, settings in _SETTINGS.items():
        say(f"  {label}")
        asked_for = spec(epochs=epochs, hidden=HIDDEN, batch_size=BATCH, **settings)
        train(*parts, spec(epochs=1, hidden=HIDDEN, batch_size=BATCH, **settings), None)
        started = time.perf_counter()
        train(*parts, asked_for, None)
        found[label] = time.perf_counter() - started
    card = torch.cuda.get_device_name()
    figure = Figure(
        name=f"{name} ({card})", value=found["CPU"] / found["CUDA, bfloat16"], unit="ratio", sign=">=", bound=1.0
    )
    table = table_of(
        (f"{card}, {rows:,} rows, {epochs} epochs", "seconds"), [(k, f"{v:.2f}") for k, v in found.items()]
    )
    return Found(figures=(figure,), table=table)


_SETTINGS: dict[str, dict[str, str]] = {
    "CPU": {"device": "cpu"},
    "CUDA, float32": {"device": "cuda", "precision": "float32"},
    "CUDA, bfloat16": {"device": "cuda", "precision": "bfloat16"},
    "CUDA, bfloat16, compiled": {"device": "cuda", "precision": "bfloat16", "compile": "on"},
}
