"""A person's labelled history, read for a command, with what is noted about it told on the way."""

from __future__ import annotations

from pathlib import Path

from infra.history.history import History, read_history
from infra.settings import Settings
from infra.spec import ModelSpec
from services.cli.output import tell


def own_history(model: Path, spec: ModelSpec, settings: Settings, data: Path | None) -> History:
    """The history that the model file names, or the file `data`, in order of event time.

    Raises:
        SpecError, DataError, Unavailable: as `read_history` does.
    """
    tell(f"{model} is in order; reading {data or spec.data.source}")
    history = read_history(spec, model.resolve().parent, settings=settings, data=data)
    for note in history.notes:
        tell(f"note: {note}")
    return history
