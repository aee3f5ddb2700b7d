"""One row of a training frame as the features a request would carry.

It knows nothing of networks.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import cast

import numpy as np
import pandas as pd

from infra.domain.values import Feature
from infra.model.schema import Frame


def row_features(frame: Frame, columns: Iterable[str], row: int) -> dict[str, Feature]:
    """Plain Python values of one row; missing is None."""
    return {name: _plain(frame[name].iloc[row]) for name in columns}


def _plain(value: object) -> Feature:
    if pd.isna(value):
        return None
    return cast(Feature, value.item() if isinstance(value, np.generic) else value)
