"""The trusted set that a model file names under `labels.golden`: rows whose truth somebody stands for.

It is read as the history is, by the kinds that the model knows, so that both sides can be asked about it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from infra.domain.errors import DataError, SpecError
from infra.history.history import History, read_history
from infra.history.sources import looked_in
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
    require_golden(spec, folder, settings)
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


def require_golden(spec: ModelSpec, folder: Path, settings: Settings) -> None:
    """Raise DataError when the trusted set that is named is a file which is not there; nothing of it is read."""
    name = spec.labels.golden
    tried = [] if name is None or ":" in name else looked_in(name, folder, settings)
    if tried and not any(path.is_file() for path in tried):
        looked = " nor ".join(f"`{path}`" for path in tried)
        raise DataError(f"the trusted set labels.golden = {name} is not there: no file {looked}; correct its name")


def also_in(rows: pd.DataFrame, others: pd.DataFrame, columns: Sequence[str]) -> npt.NDArray[np.bool_]:
    """Which of the rows are among the others as well, by these columns: what was learnt from proves nothing.

    >>> also_in(pd.DataFrame({"x": [1.0, 2.0]}), pd.DataFrame({"x": [2.0]}), ["x"]).tolist()
    [False, True]
    """
    here, there = (_written(table[list(columns)]) for table in (rows, others))
    return np.asarray(here.isin(set(there)), dtype=np.bool_)


def _written(table: pd.DataFrame) -> pd.Series:
    """Each row as one number, its values to nine digits: a file and a database need not agree on the last ones."""

    def digits(value: object) -> str:
        return f"{value:.9g}" if isinstance(value, (int, float)) else str(value)

    return pd.util.hash_pandas_object(table.map(digits), index=False)
