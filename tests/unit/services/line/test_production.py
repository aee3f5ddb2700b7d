from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from services.line.production import Production, produce
from services.line.scenario import Change, ChangeKind, Scenario, default_scenario
from services.line.surfaces import SHARES, SURFACES

FIRST = 300


def change_of(kind: ChangeKind) -> Change:
    if kind == "material":
        return Change(kind=kind, first_row=FIRST, last_row=599, period_rows=120, burst_rows=40, what="night shift")
    return Change(kind=kind, first_row=FIRST, last_row=599, what="something changes")


def test_same_seed_gives_same_bytes() -> None:
    first, again = (produce(Scenario(rows=300), seed=5) for _ in range(2))
    assert first.pictures.tobytes() == again.pictures.tobytes()
    assert first.surfaces == again.surfaces


def test_another_seed_gives_other_parts() -> None:
    first, other = (produce(Scenario(rows=300), seed=seed) for seed in (5, 6))
    assert not (first.pictures == other.pictures).all(axis=(1, 2)).any()
    assert first.surfaces != other.surfaces


def test_shorter_production_is_the_beginning_of_a_longer_one() -> None:
    short, long = (produce(Scenario(rows=rows), seed=5) for rows in (250, 500))
    np.testing.assert_array_equal(short.pictures, long.pictures[:250])
    assert short.surfaces == long.surfaces[:250]


@pytest.mark.parametrize("size", [32, 48])
def test_pictures_are_grey_and_of_the_asked_size(size: int) -> None:
    pictures = produce(Scenario(rows=50, size=size), seed=5).pictures
    assert pictures.shape == (50, size, size)
    assert pictures.dtype == np.uint8
    assert len({picture.tobytes() for picture in pictures}) == 50


def test_part_stands_out_from_its_background_and_is_not_overexposed(drifting: Production) -> None:
    middle = drifting.pictures[:, 10:22, 10:22].mean(axis=(1, 2))
    corner = drifting.pictures[:, :2, :2].mean(axis=(1, 2))
    assert (middle > corner + 30).all()
    assert (drifting.pictures == 255).mean() < 0.001


@pytest.mark.parametrize("kind", ["lamp", "camera", "material"])
def test_change_of_look_touches_its_rows_and_no_others(kind: ChangeKind) -> None:
    change = change_of(kind)
    before = produce(Scenario(rows=600), seed=5)
    after = produce(Scenario(rows=600, changes=(change,)), seed=5)
    differs = (before.pictures != after.pictures).any(axis=(1, 2))
    np.testing.assert_array_equal(differs, change.strength(np.arange(600)) > 0)
    assert before.surfaces == after.surfaces


def test_new_defect_appears_at_its_row_and_leaves_earlier_rows_alone() -> None:
    before = produce(Scenario(rows=600), seed=5)
    after = produce(Scenario(rows=600, changes=(change_of("inclusion"),)), seed=5)
    np.testing.assert_array_equal(before.pictures[:FIRST], after.pictures[:FIRST])
    assert "inclusion" not in after.surfaces[:FIRST]
    assert after.surfaces[FIRST:].count("inclusion") > 15


def test_lamp_dims_gradually(drifting: Production) -> None:
    level = drifting.pictures.mean(axis=(1, 2))
    lamp, camera, _, _ = drifting.changes
    before, early, late = (
        level[start : start + 400].mean()
        for start in (lamp.first_row - 400, lamp.first_row, lamp.first_row + lamp.ramp_rows)
    )
    assert before > early > late
    assert before - early < 0.4 * (before - late)
    assert camera.first_row >= lamp.first_row + lamp.ramp_rows + 400


def test_camera_brightens_pictures_at_once(drifting: Production) -> None:
    level = drifting.pictures.mean(axis=(1, 2))
    first = drifting.changes[1].first_row
    before, after = level[first - 100 : first], level[first : first + 100]
    assert after.mean() - before.mean() > before.std()


def test_streaks_come_with_the_other_material_alone(drifting: Production) -> None:
    middle = drifting.pictures[:, 10:22, 10:22].astype(float)
    streaks = middle.mean(axis=2).std(axis=1) / middle.mean(axis=1).std(axis=1)
    aluminium = np.array(drifting.material) == "aluminium"
    assert np.median(streaks[aluminium]) > 1.4 * np.median(streaks[~aluminium])


def test_every_surface_occurs_where_it_should(drifting: Production) -> None:
    first = drifting.changes[2].first_row
    assert set(drifting.surfaces[:first]) == set(SURFACES) - {"inclusion"}
    assert set(drifting.surfaces[first:]) == set(SURFACES)


def test_steady_surfaces_occur_as_often_as_said(steady: Production) -> None:
    counts = Counter(steady.surfaces)
    for surface, share in SHARES.items():
        spread = (share * (1 - share) / len(steady.surfaces)) ** 0.5
        assert abs(counts[surface] / len(steady.surfaces) - share) < 4 * spread


def test_label_says_defect_for_every_surface_but_good(drifting: Production) -> None:
    pairs = set(zip(drifting.surfaces, drifting.defect, strict=True))
    assert pairs == {(surface, "good" if surface == "good" else "defect") for surface in SURFACES}


def test_night_shift_alone_makes_the_other_material(drifting: Production) -> None:
    aluminium = [row for row, material in enumerate(drifting.material) if material == "aluminium"]
    said = [row for start, end in drifting.changes[3].bursts() for row in range(start, end + 1)]
    assert aluminium == said
    assert {drifting.shift[row] for row in aluminium} == {"night"}


def test_times_follow_one_another_evenly_in_utc(drifting: Production) -> None:
    scenario = default_scenario()
    steps = {later - earlier for earlier, later in zip(drifting.times, drifting.times[1:], strict=False)}
    assert drifting.times[0] == scenario.start == datetime(2026, 3, 2, 6, tzinfo=UTC)
    assert steps == {timedelta(seconds=scenario.seconds_per_part)}


def test_shifts_change_at_six_two_and_ten() -> None:
    production = produce(Scenario(rows=25, seconds_per_part=3600), seed=5)
    assert production.shift == ("early",) * 8 + ("late",) * 8 + ("night",) * 8 + ("early",)
