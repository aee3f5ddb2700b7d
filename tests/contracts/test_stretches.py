"""What every `ports.Stretches` does."""

from __future__ import annotations

import pytest

from infra.domain.predictions import Answered
from infra.domain.stretches import Extent, Stretch
from infra.ports import Ports
from tests.contracts.building import NOON, after, label, prediction

ALL = Stretch(model="grid", first_seq=1, last_seq=40)


def stored(ports: Ports) -> list[Answered]:
    """Thirty rows of two versions, one in five late, every third labelled, and a few of another model between them."""
    for place in range(30):
        hours = place - 20 if place % 5 == 4 else place
        ports.predictions.add(
            [
                prediction(
                    f"p{place}",
                    time=after(hours),
                    features={"load": float(place), "plant": None if place % 4 == 0 else f"plant {place % 3}"},
                    value="UP" if place % 2 else "DOWN",
                    version=1 if place < 12 else 3,
                    confidence=0.5 + place / 100,
                    unknown_categories=("plant",) if place % 10 == 0 else (),
                ),
                prediction(f"q{place}", model="another"),
            ]
        )
    ports.labels.add([label(f"p{place}", "DOWN") for place in range(0, 30, 3)])
    ports.labels.add([label("p3", "UP")])
    return ports.predictions.between("grid", 1, 30)


def test_an_extent_tells_what_a_stretch_holds(ports: Ports) -> None:
    assert ports.stretches.extent(ALL) is None
    rows = stored(ports)
    assert ports.stretches.extent(Stretch(model="grid")) == Extent(
        rows=30, first_seq=1, last_seq=30, start=after(-16), end=after(28), versions=(1, 3)
    )
    inside = Stretch(model="grid", first_seq=3, last_seq=25, start=after(0), end=after(12))
    held = [row for row in rows if 3 <= row.seq <= 25 and after(0) <= row.prediction.time < after(12)]
    assert ports.stretches.extent(inside) == Extent(
        rows=len(held),
        first_seq=min(row.seq for row in held),
        last_seq=max(row.seq for row in held),
        start=min(row.prediction.time for row in held),
        end=max(row.prediction.time for row in held),
        versions=(1, 3),
    )
    assert ports.stretches.extent(Stretch(model="grid", start=after(100))) is None


def test_the_rows_at_some_places_come_in_order_with_their_labels(ports: Ports) -> None:
    rows = stored(ports)
    assert ports.stretches.at("grid", [9, 2, 4, 4, 99]) == [rows[1], rows[3], rows[8]]
    assert rows[3].label is not None
    assert rows[3].label.value == "UP"
    assert ports.stretches.at("grid", []) == []


@pytest.mark.parametrize("size", [1, 7, 30, 100])
def test_blocks_together_are_the_stretch_whatever_their_size(ports: Ports, size: int) -> None:
    rows = stored(ports)
    asked = [*ports.stretches.asked(ALL, size)]
    assert [one for block in asked for one in block.features] == [dict(row.prediction.features) for row in rows]
    assert [one for block in asked for one in block.values] == [row.prediction.value for row in rows]
    assert sum(block.unknown_categories for block in asked) == 3
    assert max(len(block.values) for block in asked) <= size
    judged = [*ports.stretches.judged(ALL, size)]
    known = [(row, row.label) for row in rows if row.label is not None]
    assert [one for block in judged for one in block.ids] == [row.prediction.id for row, _ in known]
    assert [one for block in judged for one in block.values] == [row.prediction.value for row, _ in known]
    assert [one for block in judged for one in block.labels] == [truth.value for _, truth in known]
    assert [one for block in judged for one in block.confidences] == [row.prediction.confidence for row, _ in known]


def test_blocks_keep_to_event_time_and_leave_empty_ones_out(ports: Ports) -> None:
    rows = stored(ports)
    early = Stretch(model="grid", first_seq=1, last_seq=30, end=NOON)
    blocks = [*ports.stretches.asked(early, 2)]
    assert [len(block.values) for block in blocks] == [1, 1, 1, 1]
    assert [block.features[0]["load"] for block in blocks] == [4.0, 9.0, 14.0, 19.0]
    assert len(rows) == 30
    labelled = [*ports.stretches.judged(early, 30)]
    assert [list(block.ids) for block in labelled] == [["p9"]]


def test_a_stretch_without_ends_is_not_read_in_blocks(ports: Ports) -> None:
    with pytest.raises(ValueError, match="extent"):
        next(iter(ports.stretches.asked(Stretch(model="grid"), 10)), None)
