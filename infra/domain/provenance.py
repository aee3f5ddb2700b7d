"""Where a version comes from: everything that was fixed before its first step, and what it was taught on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Layer:
    """One tensor of the network."""

    name: str
    shape: tuple[int, ...]
    parameters: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Part:
    """Rows of one use (train, validation, holdout): when they are from, and who told their labels."""

    name: str
    rows: int
    start: datetime | None
    end: datetime | None
    sources: Mapping[str, int]
    """Labels by source; `history` for rows that were never predicted."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Provenance:
    """`started` is scratch, warm or pretrained; `from_version` and `from_sha256` say from what, None from scratch."""

    started: str
    from_version: int | None
    from_sha256: str | None
    note: str | None
    """Why the start is not as asked."""
    network: str
    layers: tuple[Layer, ...]
    parameters: int
    seed: int
    snapshot: str
    sha256: str
    """Of the bundle that came of it."""
    parts: tuple[Part, ...]
    fresh_rows: int
    replayed_rows: int
    window: str
    """How the rows were chosen, in a sentence."""
    epochs: int
    best_epoch: int
    torch: str
    device: str
    keepsharp: str
