"""Parts of a window, counted apart and merged, against the window counted in one piece."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from monitoring import category_counts
from monitoring.category_counts import MOST_UNSEEN, TOGETHER, CategoryCounts
from monitoring.drift import drift_report
from monitoring.profiles import ReferenceProfile, profile_reference
from monitoring.quality import quality_findings
from monitoring.shapes import shapes_of
from monitoring.tallies import CategoryTally, NumberTally, WindowTally, merged, tally_of

KINDS = {"load": "numeric", "coarse": "numeric", "plant": "categorical", "open": "boolean", "odd": "numeric"}


def frame(rows: int, seed: int) -> pd.DataFrame:
    """Numbers with gaps, few values, names (some new in windows), booleans, and numbers among words."""
    rng = np.random.default_rng(seed)
    load = rng.normal(seed / 50, 1.0, rows)
    load[rng.random(rows) < 0.03] = np.nan
    names = np.array([f"plant {place}" for place in range(6 + seed % 5)], dtype=object)
    odd = np.array([*rng.normal(size=8).round(1).tolist(), "n/a", None, "1.5"], dtype=object)
    made = pd.DataFrame(
        {
            "load": load,
            "coarse": rng.integers(0, 4, rows).astype(np.float64),
            "plant": rng.choice(names, rows),
            "open": rng.choice(np.array([True, False, None, 1], dtype=object), rows),
            "odd": rng.choice(odd, rows),
        }
    )
    again = rng.integers(0, rows, rows // 10)
    made.iloc[again] = made.iloc[np.maximum(again - 3, 0)].to_numpy(dtype=object)
    return made.infer_objects()


FEW, MANY = profile_reference(frame(300, 1), KINDS), profile_reference(frame(4_000, 1), KINDS)
"""Of the first more numbers come in a window than it has, of the second they are held."""


def parts_of(whole: pd.DataFrame, cuts: Sequence[int]) -> list[pd.DataFrame]:
    """Cut at these rows; a part without rows is none. Each is read on its own, as another process would."""
    ends = [0, *sorted(cuts), len(whole)]
    parts = [whole.iloc[start:end] for start, end in pairwise(ends)]
    return [pd.DataFrame(part.to_dict("list")).infer_objects() for part in parts if len(part)]


def known(tally: WindowTally, reference: ReferenceProfile) -> list[object]:
    """All that anybody asks of a tally, exactly."""
    found: list[object] = [tally.rows, tally.hashed, tally.repeats, *tally.columns]
    for one in tally.columns.values():
        found += [one.rows, one.missing]
        if isinstance(one, NumberTally):
            found += [one.unreadable, one.far, one.lowest, one.highest, one.outside, one.drawn(50).tolist()]
            found += [one.distance()]
        else:
            found += [dict(sorted(one.counts.items())), one.number_share]
    report = drift_report(reference, tally, alpha=0.01, minimum_effect=0.1)
    return [*found, report, quality_findings(reference, tally, alpha=0.01), shapes_of(reference, tally)]


@settings(max_examples=15, deadline=None)
@given(
    seed=st.integers(1, 40),
    rows=st.integers(40, 1_500),
    reference=st.sampled_from([FEW, MANY]),
    data=st.data(),
)
def test_any_partition_gives_what_one_piece_gives(
    seed: int, rows: int, reference: ReferenceProfile, data: st.DataObject
) -> None:
    whole = frame(rows, seed)
    parts = parts_of(whole, data.draw(st.lists(st.integers(0, rows), max_size=9)))
    whole_piece = known(tally_of(reference, [whole]), reference)
    assert known(tally_of(reference, parts), reference) == whole_piece  # one after the other
    assert known(merged(reference, [tally_of(reference, [part]) for part in parts]), reference) == whole_piece
    half = data.draw(st.integers(0, len(parts)))
    halves = [merged(reference, [tally_of(reference, [one]) for one in some]) for some in (parts[:half], parts[half:])]
    assert known(merged(reference, halves), reference) == whole_piece  # merged from what was merged


def test_a_column_that_one_part_lacks_is_left_out_of_the_whole() -> None:
    window = frame(400, 3)
    lacking = tally_of(FEW, [window.iloc[200:].drop(columns="plant")])
    whole = merged(FEW, [tally_of(FEW, [window.iloc[:200]]), lacking])
    assert [*whole.columns] == ["load", "coarse", "open", "odd"]
    assert whole.rows == 400


def test_numbers_beyond_those_of_the_reference_are_counted_and_not_held() -> None:
    tally = tally_of(FEW, [frame(250, 2) for _ in range(8)])
    column = tally.columns["load"]
    assert isinstance(column, NumberTally)
    assert len(column.drawn(50)) == 0
    assert column.present > FEW.rows


@settings(max_examples=25, deadline=None)
@given(names=st.lists(st.integers(0, 120), min_size=1, max_size=600), cuts=st.lists(st.integers(0, 600), max_size=5))
def test_names_beyond_the_bound_are_counted_together_whatever_their_order(names: list[int], cuts: list[int]) -> None:
    bound = MOST_UNSEEN
    category_counts.MOST_UNSEEN = 20
    try:
        column = pd.Series([f"id {name}" if name % 3 else str(name) for name in names], dtype=object)
        tallies = []
        for pieces in (
            [column],
            [column[::-1]],
            parts_of(column.to_frame("x"), [min(cut, len(names)) for cut in cuts]),
        ):
            tally = CategoryTally("categorical", {"id 1", "id 2"})
            for piece in pieces:
                part = CategoryTally("categorical", {"id 1", "id 2"})
                part.add(piece["x"] if isinstance(piece, pd.DataFrame) else piece)
                tally.merge(part)
            tallies.append(tally)
        one, *others = tallies
        assert sum(one.counts.values()) == len(names)
        assert len(set(one.counts) - {"id 1", "id 2", TOGETHER}) <= 20
        for name, count in one.counts.items():
            assert name == TOGETHER or count == int((column == name).sum())
        for other in others:
            assert (dict(other.counts), other.number_share) == (dict(one.counts), one.number_share)
        numbers = sum(name % 3 == 0 for name in names)
        assert one.number_share == numbers / len(names)
    finally:
        category_counts.MOST_UNSEEN = bound


def test_very_many_names_that_nobody_knew_stay_within_the_bound() -> None:
    counts = CategoryCounts({"known"})
    for block in range(4):
        counts.add({f"id {place}": 1 for place in range(block * 50_000, (block + 1) * 50_000)})
    assert len(counts.named) == MOST_UNSEEN + 1
    assert counts.named[TOGETHER] == counts.together == 200_000 - MOST_UNSEEN
