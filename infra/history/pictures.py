"""NPZ files → tables: one array of pictures, and arrays of the same length as columns. Never a pickle."""

from __future__ import annotations

import zipfile
import zlib
from pathlib import Path

import numpy as np
import pandas as pd

from infra.domain.errors import DataError, Mistake, SpecError
from infra.history.table import Table, missing_column, row_of
from infra.model.pictures import encode_picture

PICTURE_FEATURE = "image"


def read_npz(path: Path, images: str | None, sha256: str) -> Table:
    """Read an NPZ file. `images` names the array of pictures, n × height × width [× channel].

    Raises:
        SpecError: `images` names no array of pictures, or pictures are there and it is missing.
        DataError: the file is damaged, holds Python objects, or pictures of an unusable kind.
    """
    arrays = _arrays(path)
    pictured = [name for name, array in arrays.items() if array.ndim >= 3]
    if images is None and pictured:
        problem = f"is needed to say which array holds the pictures: write `images: {pictured[0]}`"
        raise SpecError(str(path), [Mistake(where="data.images", line=None, problem=problem)])
    if images is not None and images not in arrays:
        raise SpecError(str(path), [missing_column(images, arrays, "data.images")])
    rows = len(arrays[images]) if images is not None else max((len(a) for a in arrays.values() if a.ndim), default=0)
    notes, columns = [], {}
    for name, array in arrays.items():
        if name == images:
            continue
        if array.ndim == 1 and len(array) == rows:
            columns[name] = pd.Series(array)
        else:
            notes.append(f"array `{name}` of shape {array.shape} is not a column of {rows} values and was left out")
    if images is not None:
        if PICTURE_FEATURE in columns:
            raise DataError(f"{path} has a column `{PICTURE_FEATURE}`, the name kept for the pictures: rename it")
        columns[PICTURE_FEATURE] = pd.Series(_encoded(arrays[images], images, path), dtype=object)
    return Table(
        frame=pd.DataFrame(columns),
        source=str(path),
        sha256=sha256,
        place=row_of,
        notes=tuple(notes),
        picture_column=PICTURE_FEATURE if images is not None else None,
    )


def picture_arrays(path: Path) -> list[str]:
    """Names of the arrays that may hold pictures. Raises DataError when the file cannot be read."""
    return [name for name, array in _arrays(path).items() if array.ndim >= 3]


def _arrays(path: Path) -> dict[str, np.ndarray]:
    if not zipfile.is_zipfile(path):
        raise DataError(f"{path} is no NPZ file, or not complete: write it again with numpy.savez")
    try:
        with np.load(path, allow_pickle=False) as archive:
            arrays = {name: np.asarray(archive[name]) for name in archive.files}
    except (OSError, EOFError, ValueError, zipfile.BadZipFile, zlib.error, KeyError) as error:
        advice = "save plain numbers and text" if "pickle" in str(error).lower() else "write it again with numpy.savez"
        raise DataError(f"{path} cannot be read as NPZ ({str(error).splitlines()[0]}): {advice}") from error
    if not arrays:
        raise DataError(f"{path} holds no arrays: save at least the pictures and the target")
    return arrays


def _encoded(pictures: np.ndarray, name: str, path: Path) -> list[str]:
    channels = pictures.shape[3] if pictures.ndim == 4 else 1
    if pictures.ndim not in (3, 4) or channels not in (1, 3) or 0 in pictures.shape:
        raise DataError(
            f"{path}: array `{name}` has shape {pictures.shape}; "
            "pictures are n × height × width, or n × height × width × 1 or 3 channels"
        )
    return [encode_picture(_bytes(picture, name, row, path)) for row, picture in enumerate(pictures)]


def _bytes(picture: np.ndarray, name: str, row: int, path: Path) -> np.ndarray:
    """One picture as uint8, from 0..255 or from floats in 0..1."""
    if picture.dtype == np.uint8:
        return picture
    if picture.dtype == bool:
        return picture.astype(np.uint8) * 255
    where = f"{path}: picture {row + 1} of `{name}` ({picture.dtype})"
    if picture.dtype.kind == "f":
        low, high = float(picture.min()), float(picture.max())
        if not (low >= 0.0 and high <= 1.0):
            raise DataError(f"{where} has values from {low:g} to {high:g}: scale to 0..1, or save as uint8")
        scaled: np.ndarray = np.rint(picture * 255.0).astype(np.uint8)
        return scaled
    if picture.dtype.kind in "iu" and picture.min() >= 0 and picture.max() <= 255:
        return picture.astype(np.uint8)
    raise DataError(f"{where} is neither uint8 nor floats in 0..1: convert it")
