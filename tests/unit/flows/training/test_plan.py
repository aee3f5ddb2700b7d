"""Batches cover the rows, and rows that lie in a file come out as those in memory do."""

from __future__ import annotations

import pytest
import torch

from flows.training.plan import Rows, batches, groups


@pytest.mark.parametrize("rows", [1, 31, 32, 33, 64, 65])
def test_batches_cover_every_row_once_and_leave_no_row_alone(rows: int) -> None:
    slices = batches(rows, 32)
    assert [row for first, last in slices for row in range(first, last)] == list(range(rows))
    assert rows == 1 or min(last - first for first, last in slices) > 1


@pytest.mark.parametrize(("limit", "expected"), [(1_000, 1), (64, 2), (32, 4), (1, 4)])
def test_groups_keep_the_batches_and_bound_their_rows(limit: int, expected: int) -> None:
    slices = batches(128, 32)
    found = list(groups(slices, limit))
    assert [one for group in found for one in group] == slices
    assert len(found) == expected


def test_rows_of_a_mapped_block_come_in_the_order_asked_for() -> None:
    block, order = torch.arange(40.0).reshape(20, 2), torch.randperm(20)
    in_memory = Rows(block=block, target=torch.zeros(20))
    mapped = Rows(block=block, target=torch.zeros(20), mapped=True)
    assert torch.equal(mapped.take(order, block.device), in_memory.take(order, block.device))
    assert torch.equal(torch.cat(list(mapped.parts())), block)
