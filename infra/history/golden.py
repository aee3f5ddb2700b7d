"""The trusted set that a model file names under `labels.golden`: rows whose truth somebody stands for.

It is read as the history is, by the kinds that the model knows, so that both sides can be asked about it.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from infra.domain.errors import DataError, SpecError
from infra.history.history import History, read_history
from infra.model.columns import ColumnKind
from infra.settings import Settings
from infra.spec.model_file import ModelSpec

_FEATURES = ("numeric", "categorical", "boolean")


def read_golden(
    spec: ModelSpec, folder: Path, kinds: Mapping[str, ColumnKind], *, settings: Settings
) -> History | None:
    """The rows of the trusted set; None where the model file names none. Its times are of no account.

    `kinds` are those of the columns that the model reads; other columns of the set are passed over.

    Raises:
        DataError: the set is not there, lacks a column, or cannot be read.
    """
    name = spec.labels.golden
    if name is None:
        return None
    features = {column: kind for column, kind in kinds.items() if kind in _FEATURES}
    data = spec.data.model_copy(
        update={"source": name, "query": None, "time": None, "features": features, "slices": [], "ignore": []}
    )
    try:
        return read_history(spec.model_copy(update={"data": data}), folder, settings=settings)
    except SpecError as error:
        what = "; ".join(mistake.problem for mistake in error.mistakes)
        raise DataError(f"the trusted set labels.golden = {name} cannot be used: {what}") from error
    except DataError as error:
        raise DataError(f"the trusted set labels.golden = {name} cannot be used: {error}") from error
