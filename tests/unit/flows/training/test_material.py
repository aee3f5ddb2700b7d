from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flows.promotion import MINIMUM_ROWS
from flows.training.choosing_rows import LEAST_HELD_OUT
from flows.training.examples import Examples
from flows.training.material import LEAST_ROWS, Material, first_cut, first_material, fresh_material
from infra.domain.errors import DataError
from tests.builders import examples


def parts(material: Material) -> list[Examples]:
    return [material.train, material.validation, material.holdout]


def fresh(
    rows: int,
    *,
    earlier: int = 300,
    window_rows: int = 100,
    onset: int | None = None,
    replay: float = 1.0,
    seed: int = 0,
) -> Material:
    """Material of `rows` new rows, the first of which arrived at place 1."""
    return fresh_material(
        examples(rows, first=earlier, seq=1),
        examples(earlier),
        window_rows=window_rows,
        onset_seq=onset,
        replay=replay,
        seed=seed,
    )


@settings(max_examples=30, deadline=None)
@given(rows=st.integers(LEAST_ROWS, 400))
def test_a_history_is_cut_in_time_order_and_whole(rows: int) -> None:
    history = examples(rows)
    material = first_material(history)
    assert [name for part in parts(material) for name in part.ids] == list(history.ids)
    assert all(len(part) >= 5 for part in parts(material))
    assert material.trained_through_seq == 0


@settings(max_examples=60, deadline=None)
@given(
    rows=st.integers(LEAST_ROWS, 300),
    earlier=st.integers(0, 200),
    window_rows=st.integers(2, 400),
    onset=st.none() | st.integers(1, 300),
    replay=st.floats(0.0, 3.0),
)
def test_parts_share_no_row_and_the_holdout_is_the_newest(
    rows: int, earlier: int, window_rows: int, onset: int | None, replay: float
) -> None:
    new = examples(rows, first=earlier, seq=1)
    material = fresh_material(new, examples(earlier), window_rows=window_rows, onset_seq=onset, replay=replay, seed=1)
    train, validation, holdout = parts(material)
    names = [name for part in parts(material) for name in part.ids]
    assert len(set(names)) == len(names)
    assert len(validation) > 0
    assert len(holdout) > 0
    assert list(holdout.ids) == list(new.ids[-len(holdout) :])
    assert max(train.times) < min(validation.times) <= max(validation.times) < min(holdout.times)
    assert material.trained_through_seq < min(holdout.seqs)
    assert material.fresh_rows + material.replayed_rows == len(train)
    before_onset = sum(seq < onset for seq in new.seqs) if onset is not None else 0
    assert material.replayed_rows <= min(earlier + before_onset, replay * material.fresh_rows)


def test_replayed_rows_are_drawn_from_earlier_ones_only_and_repeatably() -> None:
    material, again = fresh(200, replay=0.5), fresh(200, replay=0.5)
    drawn = [name for name, seq in zip(material.train.ids, material.train.seqs, strict=True) if seq == 0]
    assert len(drawn) == material.replayed_rows == material.fresh_rows // 2
    assert set(drawn) <= set(examples(300).ids)
    assert material.train.ids == again.train.ids
    assert material.train.ids != fresh(200, replay=0.5, seed=1).train.ids


def test_a_degradation_leaves_rows_of_the_new_regime_to_learn_from() -> None:
    onset = 301
    material = fresh(500, onset=onset)
    learnt = sum(seq >= onset for seq in material.train.seqs)
    judged = sum(seq >= onset for seq in material.holdout.seqs)
    assert judged == len(material.holdout)
    assert learnt > 0


def test_the_least_holdout_is_what_a_promotion_asks_for() -> None:
    assert LEAST_HELD_OUT == MINIMUM_ROWS


@pytest.mark.parametrize("window_rows", [20, 100, 500])
def test_a_holdout_is_large_enough_to_promote_anyone_whatever_the_window(window_rows: int) -> None:
    assert len(fresh(400, window_rows=window_rows).holdout) >= MINIMUM_ROWS


def test_an_onset_one_window_ago_leaves_a_holdout_large_enough_to_promote_anyone() -> None:
    assert len(fresh(400, onset=301).holdout) >= MINIMUM_ROWS


def test_too_few_rows_are_refused_with_their_number() -> None:
    with pytest.raises(DataError, match=f"39 labelled rows are too few to train on: {LEAST_ROWS}"):
        first_material(examples(39))
    with pytest.raises(DataError, match=f"39 new labelled rows are too few to retrain on: {LEAST_ROWS}"):
        fresh(39)


def test_a_history_in_files_is_cut_as_one_in_memory_but_for_what_judges_too_many() -> None:
    assert first_cut(40) == (5, 6)
    assert first_cut(1_000) == first_cut(1_000, 150) == (100, 150)
    assert first_cut(1_000, 120) == (100, 120)
    with pytest.raises(DataError, match="give a longer history"):
        first_cut(39, 120)
