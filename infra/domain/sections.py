"""A part of a dossier as whoever measured it tells it: sentences, tables, pictures, and the same as plain values.

It knows no HTML: the page decides how a table looks, and escapes everything.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, kw_only=True, slots=True)
class Table:
    """Rows of cells below their headings; the columns at `numeric` (from 0) are set to the right."""

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    caption: str = ""
    numeric: tuple[int, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Picture:
    """A small PNG as base64 text, what it shows for whoever does not see it, and what is written below it."""

    png: str
    alt: str
    caption: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Section:
    """One part. The first sentence is its answer; `details` are plain values, what the tables show and more.

    `figures` are those that the tracker keeps as metrics of the run.
    """

    sentences: tuple[str, ...]
    tables: tuple[Table, ...] = ()
    pictures: tuple[Picture, ...] = ()
    figures: Mapping[str, float] = field(default_factory=dict)
    details: Mapping[str, Any] = field(default_factory=dict)
