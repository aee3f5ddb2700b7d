"""Question 1 of the dossier: where a version comes from. Gathered from what the training was given and gave."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from importlib.metadata import version

from flows.desk import Desk
from flows.rows.ordering import Order
from flows.training.examples import Examples
from flows.training.fitting import Fitted
from flows.training.material import Material
from infra.domain.decisions import TrainingRun
from infra.domain.provenance import Layer, Part, Provenance

HISTORY, UNSAID = "history", "unsaid"
"""A label of a row that was never predicted, and one whose teller did not say who they are."""
_PAGE = 5_000


def provenance_of(desk: Desk, run: TrainingRun, asked: Order, fitted: Fitted) -> Provenance:
    """Everything about the origin of the candidate; labels by source are looked up in the database."""
    bundle, material, origin = fitted.bundle, asked.material, fitted.bundle.provenance
    parts = {"train": material.train, "validation": material.validation, "holdout": material.holdout}
    sources = _sources(desk, list(parts.values()))
    started = str(origin["started"])
    layers = [
        Layer(name=name, shape=tuple(tensor.shape), parameters=tensor.numel())
        for name, tensor in bundle.network.named_parameters()
    ]
    return Provenance(
        started=started,
        from_version=asked.champion.version if started == "warm" and asked.champion is not None else None,
        from_sha256=_text(origin.get("start_sha256")),
        note=_text(origin.get("start_note")),
        network=bundle.network_name,
        layers=tuple(layers),
        parameters=sum(layer.parameters for layer in layers),
        seed=run.seed,
        snapshot=run.snapshot,
        sha256=bundle.sha256,
        parts=(_learnt(material, sources), *(_part(name, part, sources) for name, part in list(parts.items())[1:])),
        fresh_rows=material.fresh_rows,
        replayed_rows=material.replayed_rows,
        window=window_words(material),
        epochs=len(fitted.epochs),
        best_epoch=fitted.best_epoch,
        torch=str(origin["torch"]),
        device=fitted.device,
        keepsharp=version("keepsharp"),
    )


def window_words(material: Material) -> str:
    """How the rows were chosen."""
    if not any(material.train.seqs) and not material.replayed_rows:
        words = (
            f"A labelled history, cut in time order: {material.train_rows:,} rows to learn from, "
            f"the next {len(material.validation):,} to stop on, the newest {len(material.holdout):,} to judge by."
        )
        return words if material.whole is None else f"{words} {drawn_words(material)}"
    return (
        f"The {material.fresh_rows:,} rows that are new since the champion's training, with {material.replayed_rows:,} "
        f"drawn from earlier ones; the next {len(material.validation):,} stopped the training, and the newest "
        f"{len(material.holdout):,} judged it."
    )


def drawn_words(material: Material) -> str:
    """What was looked at of rows that are too many for memory."""
    return (
        f"The rows that were learnt from lie in the snapshot's file; {len(material.train):,} of them, drawn evenly, "
        "taught the simple model, were looked at for corrections and stand for what was learnt."
    )


def _learnt(material: Material, sources: Mapping[int, str]) -> Part:
    part, whole = _part("train", material.train, sources), material.whole
    if whole is None:
        return part
    return replace(
        part, rows=material.train_rows, start=whole.start, end=whole.end, sources={HISTORY: material.train_rows}
    )


def _part(name: str, part: Examples, sources: Mapping[int, str]) -> Part:
    told = Counter(sources.get(seq, UNSAID) if seq else HISTORY for seq in part.seqs)
    return Part(
        name=name,
        rows=len(part),
        start=min(part.times, default=None),
        end=max(part.times, default=None),
        sources=dict(told.most_common()),
    )


def _sources(desk: Desk, parts: Sequence[Examples]) -> dict[int, str]:
    """Who told the label of each arrival that was used."""
    wanted = sorted({seq for part in parts for seq in part.seqs if seq})
    found: dict[int, str] = {}
    for first in range(wanted[0], wanted[-1] + 1, _PAGE) if wanted else ():
        last = min(first + _PAGE - 1, wanted[-1])
        if any(first <= seq <= last for seq in wanted):
            rows = desk.ports.predictions.between(desk.spec.model, first, last)
            found |= {row.seq: row.label.source or UNSAID for row in rows if row.label is not None}
    return found


def _text(value: object) -> str | None:
    return None if value is None else str(value)
