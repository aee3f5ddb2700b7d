"""A picture in four numbers, so that a change of camera, lamp or focus shows up as drift of columns.

It knows nothing of what a picture shows.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from infra.model.pictures import decode_picture, picture_shape

FIGURES = ("brightness", "contrast", "sharpness", "edge_energy")


def picture_figures(text: object) -> tuple[float, float, float, float]:
    """(brightness, contrast, sharpness, edge energy) of the base64 text of a PNG; colour is averaged to grey.

    Brightness and contrast are the mean and the standard deviation of the pixels in 0..1. Sharpness is the
    variance of the Laplacian, which blur lowers (Pech-Pacheco et al. 2000); edge energy the mean squared gradient.

    Raises:
        ValueError: the text is no acceptable PNG.
    """
    grey: NDArray[np.float64] = decode_picture(text, picture_shape(text)).mean(axis=2) / 255.0  # height × width
    down, right = np.diff(grey, axis=0), np.diff(grey, axis=1)
    laplacian = _second_difference(grey, 0) + _second_difference(grey, 1)
    energy = float((down**2).sum() + (right**2).sum()) / grey.size
    return float(grey.mean()), float(grey.std()), float(laplacian.var()), energy


def _second_difference(grey: NDArray[np.float64], axis: int) -> NDArray[np.float64]:
    bent = np.zeros_like(grey)
    if grey.shape[axis] >= 3:
        inner = [slice(None), slice(None)]
        inner[axis] = slice(1, -1)
        bent[tuple(inner)] = np.diff(grey, n=2, axis=axis)
    return bent


def summarise_pictures(frame: pd.DataFrame, kinds: Mapping[str, str]) -> tuple[pd.DataFrame, dict[str, str]]:
    """The frame and its kinds with each picture column replaced by its four figures, named `image_brightness`, ….

    Their kind stays `picture`. A missing or damaged picture gives four missing values.
    """
    made, made_kinds = frame, dict(kinds)
    for column in [name for name, kind in kinds.items() if kind == "picture" and name in frame]:
        figures = np.array([_figures_or_missing(text) for text in frame[column]], dtype=np.float64).reshape(-1, 4)
        names = [f"{column}_{figure}" for figure in FIGURES]
        columns = pd.DataFrame(figures, columns=names, index=frame.index)
        made = pd.concat([made.drop(columns=[column]), columns], axis=1)
        made_kinds.pop(column)
        made_kinds.update(dict.fromkeys(names, "picture"))
    return made, made_kinds


def _figures_or_missing(text: object) -> tuple[float, float, float, float]:
    try:
        return picture_figures(text)
    except ValueError:  # missing or damaged; its share is compared like that of any missing value
        return (np.nan, np.nan, np.nan, np.nan)
