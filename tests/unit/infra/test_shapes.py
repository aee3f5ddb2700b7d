"""Distributions on disk: whole or not at all, and never outside of the artifacts."""

from __future__ import annotations

from pathlib import Path

import pytest

from infra.domain.errors import DataError, NotFound
from infra.domain.shapes import ColumnShape
from infra.shapes import keep_shapes, read_shapes

NUMBERS = ColumnShape(column="prix d'été", edges=(0.0, 0.5, 1.0), reference=(3, 4), window=(1, 0), window_missing=2)
NAMES = ColumnShape(column="shift", names=("day", "(other)"), reference=(9, 1), window=(5, 5))


def test_what_is_kept_comes_back(tmp_path: Path) -> None:
    keep_shapes(tmp_path, "grid", 3, [NAMES])
    keep_shapes(tmp_path, "grid", 3, [NUMBERS, NAMES])
    assert read_shapes(tmp_path, "grid", 3) == (NUMBERS, NAMES)
    assert [path.name for path in (tmp_path / "windows/grid").iterdir()] == ["000003.shapes.json.gz"]


def test_what_was_never_kept_is_not_found(tmp_path: Path) -> None:
    for model in ("grid", "../../etc", "/etc"):
        with pytest.raises(NotFound, match="no distributions of window 4"):
            read_shapes(tmp_path, model, 4)


@pytest.mark.parametrize("content", [b"", b"nonsense", b"\x1f\x8b\x08"])
def test_what_is_damaged_is_said(tmp_path: Path, content: bytes) -> None:
    keep_shapes(tmp_path, "grid", 3, [NAMES])
    (tmp_path / "windows/grid/000003.shapes.json.gz").write_bytes(content)
    with pytest.raises(DataError, match="cannot be read"):
        read_shapes(tmp_path, "grid", 3)
