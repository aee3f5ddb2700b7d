"""Rows that are too many for memory give the same training, to the bit, as those that fit."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from flows.training import blocks
from flows.training.blocks import encoded
from flows.training.parquet_frame import ParquetFrame
from infra.domain.errors import DataError
from infra.model.schema import FeatureSchema
from tests.unit.flows.training.material import KINDS, Material, fit_small, small_frame, small_material, small_spec


@pytest.fixture
def little_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """Blocks of a kilobyte are mapped, and encoded 70 rows at a time."""
    monkeypatch.setattr(blocks, "MAPPED_BYTES", 1_000)
    monkeypatch.setattr(blocks, "PIECE_ROWS", 70)


@pytest.mark.usefixtures("little_memory")
def test_a_mapped_block_has_the_same_values_and_leaves_no_file(tmp_path: Path) -> None:
    frame = small_frame()
    schema = FeatureSchema.learn(frame, KINDS)
    block, mapped = encoded(schema, frame, tmp_path)
    assert mapped
    assert np.array_equal(block.numpy(), schema.encode(frame))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("task", ["classification", "regression"])
def test_mapped_training_gives_the_same_bundle(task: str, request: pytest.FixtureRequest) -> None:
    whole = fit_small(spec=small_spec(task, dropout=0.1)).bundle.sha256
    request.getfixturevalue("little_memory")
    assert fit_small(spec=small_spec(task, dropout=0.1)).bundle.sha256 == whole


def test_rows_are_taken_in_parts_of_a_mapped_block(monkeypatch: pytest.MonkeyPatch, little_memory: None) -> None:
    monkeypatch.setattr("flows.training.plan._MAPPED_VALUES", 64 * 5)
    seen: list[int] = []
    take = torch.index_select

    def counted(block: torch.Tensor, place: int, order: torch.Tensor) -> torch.Tensor:
        seen.append(len(order))
        return take(block, place, order)

    monkeypatch.setattr(torch, "index_select", counted)
    fit_small(spec=small_spec(epochs=1))
    assert max(seen) == 64
    assert sum(seen) == 240


@pytest.mark.parametrize("mapped", [False, True])
def test_parquet_read_in_pieces_gives_the_same_bundle(
    tmp_path: Path, mapped: bool, request: pytest.FixtureRequest
) -> None:
    material = small_material()
    material.train.to_parquet(tmp_path / "train.parquet")
    pieces = ParquetFrame(tmp_path / "train.parquet", piece_rows=50)
    whole = fit_small(material).bundle
    if mapped:
        request.getfixturevalue("little_memory")
    read = Material(pieces, material.train_target, material.validation, material.validation_target)
    fitted = fit_small(read).bundle
    assert fitted.pack()[1] == whole.pack()[1]
    assert fitted.schema == whole.schema


def test_parquet_says_what_is_wrong_with_it(tmp_path: Path) -> None:
    small_frame().to_parquet(tmp_path / "rows.parquet")
    with pytest.raises(DataError, match=r"rows\.parquet has no column 'c': it has 'a', 'b'"):
        ParquetFrame(tmp_path / "rows.parquet")["c"]
    (tmp_path / "rows.parquet").write_bytes(b"not parquet")
    with pytest.raises(DataError, match="cannot be read as Parquet"):
        len(ParquetFrame(tmp_path / "rows.parquet"))
