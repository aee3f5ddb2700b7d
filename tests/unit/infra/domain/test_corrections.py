from __future__ import annotations

from datetime import UTC, datetime

import pytest

from infra.domain.corrections import CorrectionLedger, CorrectionTests, MovedBy, PartCounts

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("total", "lost", "regained", "share"),
    [
        (50, 6, 1, 0.1),
        (50, 1, 6, -0.1),  # more came back than went
        (0, 0, 0, None),  # nothing was asked, which is no zero
    ],
)
def test_the_lost_share_is_net_of_what_came_back(total: int, lost: int, regained: int, share: float | None) -> None:
    tests = CorrectionTests(total=total, kept=total - lost, forgotten=lost, rebroken=0, lost=lost, regained=regained)
    assert tests.lost_share == share


@pytest.mark.parametrize(
    ("total", "lost", "expected", "share"),
    [
        (0, 0, None, None),
        (50, 0, None, 0.0),
        (20, 20, None, 0.8609),  # 0.05 ** (1 / 20)
        (100, 1, None, 0.0005),  # 1 - 0.95 ** (1 / 100)
        (20, 20, 5.0, 0.6109),  # rows alike would lose a quarter
        (100, 1, 5.0, 0.0),  # fewer than rows alike is no gain
    ],
)
def test_what_is_surely_lost_is_beyond_chance_and_rows_alike(
    total: int, lost: int, expected: float | None, share: float | None
) -> None:
    """The ends of the Clopper-Pearson interval have closed forms at none and at all."""
    tests = CorrectionTests(
        total=total, kept=total - lost, forgotten=lost, rebroken=0, lost=lost, regained=0, expected_lost=expected
    )
    assert tests.surely_lost == (None if share is None else pytest.approx(share, abs=5e-5))


def test_a_ledger_adds_up_its_parts() -> None:
    ledger = CorrectionLedger(
        run_id="r",
        model="grid",
        at=NOON,
        before="version 3",
        before_version=3,
        parts=(
            PartCounts(part="train", rows=90, mistakes=9, fixed=7, still_wrong=2, broken=1),
            PartCounts(part="holdout", rows=10, mistakes=4, fixed=1, still_wrong=3, broken=2),
        ),
        layers=(),
        mean_loss_before=1.5,
        mean_loss_after=0.5,
        kept=13,
        rule="all",
        influence="unknown",
    )
    assert (ledger.mistakes, ledger.fixed, ledger.still_wrong, ledger.broken) == (13, 8, 5, 3)


def test_what_nothing_is_known_of_before_moved_by_all_of_it() -> None:
    assert MovedBy(feature="price", value=0.5, before=None, after=0.75).change == 0.75
    assert MovedBy(feature="price", value=0.5, before=1.0, after=0.75).change == -0.25
