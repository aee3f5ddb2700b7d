"""Labelled rows are the same however they are cut into blocks."""

from __future__ import annotations

from pathlib import Path

import pytest

from flows.rows import labelled
from tests.builders import started, stream


@pytest.mark.parametrize("block", [1, 7, 100, 1_000])
def test_blocks_leave_nothing_out_and_repeat_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, block: int
) -> None:
    monkeypatch.setattr(labelled, "BLOCK", block)
    loop, _ = started(tmp_path, stream(400), 300)
    loop.label(loop.serve(60))
    loop.serve(20)
    assert [row.seq for row in labelled.newest_labelled(loop.desk, 11)] == list(range(60, 10, -1))
    assert list(labelled.newest_labelled(loop.desk, 81)) == []
