"""Everything that keepsharp asks of Evidently, and the only module that imports it.

Evidently is imported inside the functions: it takes eight seconds and 300 MB, which a process that never judges
a window must not pay. It raises or warns on much that is ordinary in production (an empty column, a window of one
class, a new category), so columns are cleaned before it sees them and what it cannot show is left out by name.
"""

from __future__ import annotations

import gzip
import json
import os
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd

from infra.domain.values import class_name
from monitoring.drawing import even_places
from monitoring.profiles import sampling_error

MOST_ROWS = 2_000
MOST_COLUMNS = 20
"""A page shows this many columns at most; each costs 0.2 s."""
MOST_CATEGORIES = 30
OTHER = "(other)"
LEAST_LABELS = 10
_HUGE = 1e100
Task = Literal["classification", "regression"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Page:
    """Where Evidently's page is (`….html.gz`), its figures (`….json`), and what it was made from, in words."""

    html: Path
    json: Path
    note: str


def write_report(
    reference: pd.DataFrame,
    current: pd.DataFrame,
    kinds: Mapping[str, str],
    path: Path,
    *,
    task: Task | None = None,
    positive: str | None = None,
    order: Mapping[str, float] | None = None,
) -> Page:
    """Write Evidently's page for a window: drift and summary of the columns, and quality where there are labels.

    With a `task`, columns `target` and `prediction` of both frames are judged as well; rows without a target are
    left out of that part. Frames are sampled evenly to 2,000 rows each, columns to 20, those with the largest
    `order` (their drift effect) first. `path` is the page without its ending; `path.html.gz` and `path.json`
    appear whole or not at all.
    """
    from evidently import Report
    from evidently.presets import DataDriftPreset, DataSummaryPreset

    before, after = evenly_drawn(reference), evenly_drawn(current)
    shown, left_out = _showable(before, after, kinds, order or {})
    notes = [_sample_words(before, reference, after, current)]
    more = f" and {len(left_out) - 10} more" if len(left_out) > 10 else ""
    notes += [f"Not shown: {', '.join(left_out[:10])}{more}."] if left_out else []
    clean = _cleaned(before, after, shown)
    quality, definition, why_not = _quality(before, after, task, positive)
    if quality is not None:
        _add_answers(clean, (before, after), task)
    notes += [why_not] if why_not else []
    numeric = [name for name, number in shown.items() if number]
    categorical = [name for name, number in shown.items() if not number]
    drift = DataDriftPreset(columns=list(shown), num_method="ks", cat_method="chisquare")
    parts = [drift, DataSummaryPreset(columns=list(shown))] if shown else []
    with _quiet():
        data = [_dataset(frame, numeric, categorical, definition) for frame in reversed(clean)]
        snapshot = Report([*parts, *([quality] if quality else [])], include_tests=False).run(*data)
        html, figures = snapshot.get_html_str(as_iframe=False), snapshot.json()
    note = " ".join(notes)
    page = Page(html=path.with_name(f"{path.name}.html.gz"), json=path.with_name(f"{path.name}.json"), note=note)
    _write(page.html, gzip.compress(_noted(html, note).encode(), compresslevel=5, mtime=0))
    _write(page.json, json.dumps({**json.loads(figures), "made_from": note}).encode())
    return page


def _sample_words(before: pd.DataFrame, reference: pd.DataFrame, after: pd.DataFrame, current: pd.DataFrame) -> str:
    words = f"Drawn evenly: {len(before)} of {len(reference)} reference rows, {len(after)} of {len(current)} rows."
    drawn = [len(sample) for sample, whole in ((before, reference), (after, current)) if len(sample) < len(whole)]
    if not drawn:
        return words
    error = sampling_error(min(drawn))
    return f"{words} A share read from a sample may be off by {error:.3f} (with 95% confidence)."


def _noted(html: str, note: str) -> str:
    """The page with what it was made from as its first words."""
    start = html.index(">", html.index("<body")) + 1
    return f"{html[:start]}<p>{escape(note)}</p>{html[start:]}"


def evenly_drawn(frame: pd.DataFrame, most: int = MOST_ROWS) -> pd.DataFrame:
    """At most `most` rows, evenly spaced over the frame's order, so that every stretch of time is in it."""
    if len(frame) <= most:
        return frame.reset_index(drop=True)
    return frame.iloc[even_places(len(frame), most)].reset_index(drop=True)


@contextmanager
def _quiet() -> Iterator[None]:
    """Evidently's own warnings (charts of constant columns, deprecated calls) say nothing about the window."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        yield


def _dataset(
    frame: pd.DataFrame, numeric: list[str], categorical: list[str], definition: Mapping[str, Any] | None = None
) -> Any:
    from evidently import DataDefinition, Dataset

    schema = DataDefinition(numerical_columns=numeric, categorical_columns=categorical, **(definition or {}))
    return Dataset.from_pandas(frame, schema)


def _drawable(column: pd.Series, number: bool) -> pd.Series:
    """The column as Evidently can take it: finite float64 that may be squared, or text."""
    if not number:
        return column.astype(object).map(class_name, na_action="ignore")
    values = pd.to_numeric(column, errors="coerce").astype("float64").replace([np.inf, -np.inf], np.nan)
    largest = values.abs().max()
    return values / largest if largest > _HUGE else values


def _showable(
    before: pd.DataFrame, after: pd.DataFrame, kinds: Mapping[str, str], order: Mapping[str, float]
) -> tuple[dict[str, bool], list[str]]:
    """(columns that Evidently can show → whether they are numbers, the others)."""
    shown: dict[str, bool] = {}
    left_out: list[str] = []
    for name in sorted(kinds, key=lambda name: -order.get(name, 0.0)):
        if kinds[name] == "carried":
            continue
        number = kinds[name] in ("numeric", "picture")
        filled = all(name in frame and _drawable(frame[name], number).notna().any() for frame in (before, after))
        if filled and len(shown) < MOST_COLUMNS:
            shown[name] = number
        else:
            left_out.append(name)
    return shown, left_out


def _cleaned(before: pd.DataFrame, after: pd.DataFrame, shown: Mapping[str, bool]) -> list[pd.DataFrame]:
    """Reference and window with the shown columns only, rare categories taken together."""
    columns: list[dict[str, pd.Series]] = [{}, {}]
    for name, number in shown.items():
        pair = [_drawable(frame[name], number) for frame in (before, after)]
        if not number:
            frequent = pd.concat(pair).value_counts().index[:MOST_CATEGORIES]
            pair = [column.where(column.isna() | column.isin(frequent), OTHER) for column in pair]
        for part, column in zip(columns, pair, strict=True):
            part[name] = column
    return [pd.DataFrame(part, index=frame.index) for part, frame in zip(columns, (before, after), strict=True)]


def _quality(
    before: pd.DataFrame, after: pd.DataFrame, task: Task | None, positive: str | None
) -> tuple[Any, dict[str, Any], str]:
    """(Evidently's preset for the answers or None, what the data definition needs for it, why there is none)."""
    if task is None:
        return None, {}, ""
    from evidently import BinaryClassification, MulticlassClassification, Regression
    from evidently.presets import ClassificationPreset, RegressionPreset

    if any(name not in frame for frame in (before, after) for name in ("target", "prediction")):
        return None, {}, "No quality part: the answers or the labels of one side are not known."
    if min(before["target"].notna().sum(), after["target"].notna().sum()) < LEAST_LABELS:
        return None, {}, f"No quality part: fewer than {LEAST_LABELS} labels."
    if task == "regression":
        return RegressionPreset(), {"regression": [Regression(target="target", prediction="prediction")]}, ""
    names, others = (_classes(frame) for frame in (after, before))
    if len(names) == len(others) == 2 and names == others:
        pos_label = class_name(positive) if positive is not None and class_name(positive) in names else max(names)
        binary = BinaryClassification(target="target", prediction_labels="prediction", pos_label=pos_label)
        return ClassificationPreset(), {"classification": [binary]}, ""
    if 2 in (len(names), len(others)):  # Evidently takes two classes for a binary task, on one side only
        return None, {}, f"No quality part: {len(names)} classes in the window, {len(others)} in the reference."
    several = MulticlassClassification(target="target", prediction_labels="prediction")
    return ClassificationPreset(), {"classification": [several]}, ""


def _classes(frame: pd.DataFrame) -> set[str]:
    labelled = frame[frame["target"].notna()]
    return {class_name(value) for name in ("target", "prediction") for value in labelled[name].dropna()}


def _add_answers(clean: list[pd.DataFrame], drawn: tuple[pd.DataFrame, pd.DataFrame], task: Task | None) -> None:
    for part, frame in zip(clean, drawn, strict=True):
        for name in ("target", "prediction"):
            part[name] = _drawable(frame[name], task == "regression")


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f"{path.name}.partial")
    partial.write_bytes(content)
    os.replace(partial, path)
