from __future__ import annotations

import numpy as np
import pytest

from flows.training.fractions import MOST_DRAWS, RESERVED, SHARES, Purse, drawing_order, next_share


@pytest.mark.parametrize("epochs", [1, 7, 40])
@pytest.mark.parametrize("validation", [5, 400, 4000])
def test_a_curve_never_passes_over_more_rows_than_the_training_did(epochs: int, validation: int) -> None:
    purse = Purse(rows=1000, validation=validation, epochs=epochs)
    spent, taken = 0.0, {share: list[int]() for share in SHARES}
    for share in SHARES:
        most = purse.epochs_for(share, RESERVED[share])
        if most:
            spent += purse.price(share, most)
            purse.spend(share, most)
            taken[share].append(most)
    while (share_again := next_share(purse, taken)) is not None:
        most = purse.epochs_for(share_again)
        purse.spend(share_again, most)
        spent += purse.price(share_again, most)
        taken[share_again].append(most)
    assert spent <= purse.price(1.0, epochs)


def test_what_is_left_draws_the_cheapest_share_again_and_not_for_ever() -> None:
    purse = Purse(rows=1000, validation=10, epochs=1000)
    taken = {share: [2] for share in SHARES}
    first = next_share(purse, taken)
    assert first == 0.125
    while (share := next_share(purse, taken)) is not None:
        taken[share].append(2)
    assert {share: len(done) for share, done in taken.items()} == MOST_DRAWS


def test_a_share_that_was_never_reached_is_not_drawn_again() -> None:
    assert next_share(Purse(rows=1000, validation=10, epochs=1000), {share: [] for share in SHARES}) is None


def test_every_beginning_of_the_order_holds_each_class_in_its_proportion() -> None:
    target = ["a"] * 900 + ["b"] * 100
    order = drawing_order(target, "classification", 1)
    assert sorted(order) == list(range(1000))
    for rows in (125, 250, 500):
        assert np.mean([target[place] == "b" for place in order[:rows]]) == pytest.approx(0.1, abs=0.01)
    assert not np.array_equal(order, drawing_order(target, "classification", 2))
