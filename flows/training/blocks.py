"""Encoded rows where they fit: in memory, or in a file mapped into it, chosen by size.

A mapped block's pages are read when rows are taken and given up when memory is needed, so that a training holds one
piece of rows and what the system can spare. The file has no name: it is gone with the process, however that ends.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from flows.training.parquet_frame import PIECE_ROWS, ParquetFrame
from infra.model.schema import FeatureSchema, Frame

MAPPED_BYTES = 2 << 30
"""Blocks larger than this are mapped."""


def encoded(schema: FeatureSchema, frame: Frame, folder: Path | None, file: Path | None = None) -> tuple[Tensor, bool]:
    """(n × width float32, whether it is mapped); the same values either way.

    Args:
        schema: what encodes.
        frame: the rows.
        folder: where a mapped block's file is made; None is the system's place for temporary files.
        file: where the block is to lie by name, for other processes to read: it is mapped whatever its size.

    Raises:
        DataError: an absent column, or a value that its column's kind cannot hold.
    """
    rows, width = len(frame), schema.width
    large = rows * width * 4 > MAPPED_BYTES
    pieces = _pieces(frame, large)
    if file is not None and (rows == 0 or width == 0):
        file = None  # nothing can be mapped
    if pieces is None and file is None:
        return torch.from_numpy(schema.encode(frame)), False
    block: np.ndarray
    if file is not None:
        block = np.memmap(file, dtype=np.float32, mode="w+", shape=(rows, width))
    else:
        block = _mapped(rows, width, folder) if large else np.empty((rows, width), dtype=np.float32)
    first = 0
    for piece in pieces or [frame]:
        block[first : first + len(piece)] = schema.encode(piece)
        first += len(piece)
    return torch.from_numpy(block), large


def _pieces(frame: Frame, large: bool) -> Iterator[pd.DataFrame] | None:
    """The rows in parts; None where the frame is best encoded whole."""
    if isinstance(frame, ParquetFrame):
        return frame.pieces()
    if large and isinstance(frame, pd.DataFrame):
        return (frame.iloc[first : first + PIECE_ROWS] for first in range(0, len(frame), PIECE_ROWS))
    return None


def _mapped(rows: int, width: int, folder: Path | None) -> np.ndarray:
    """Zeros in a file without a name."""
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryFile(dir=folder) as file:
        file.truncate(rows * width * 4)
        return np.memmap(file, dtype=np.float32, mode="r+", shape=(rows, width))  # outlives the open file
