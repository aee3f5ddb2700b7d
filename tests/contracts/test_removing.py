"""What every `ports.Predictions` does when the oldest go."""

from __future__ import annotations

import pytest

from infra.domain.errors import NotFound
from infra.ports import Ports
from tests.contracts.building import after, label, prediction, shadow_answer


def kept(ports: Ports) -> list[str]:
    return [row.prediction.id for row in ports.predictions.between("grid", 1, 100)]


def filled(ports: Ports) -> Ports:
    """Six predictions, one an hour; all but the last labelled, one corrected, one answered in shadow."""
    ports.predictions.add([prediction(f"p{hour}", time=after(hour)) for hour in range(6)])
    ports.predictions.add([prediction("p0", model="another", time=after(0))])
    ports.labels.add([label(f"p{hour}") for hour in range(5)])
    ports.labels.add([label("p1", "DOWN"), label("p4", "DOWN")])
    ports.shadows.add([shadow_answer("p1"), shadow_answer("p4")])
    return ports


def test_the_oldest_go_with_their_labels_and_shadows_and_no_others(ports: Ports) -> None:
    filled(ports)
    assert ports.predictions.remove_oldest("grid", before=after(3), through_seq=100, limit=100) == 3
    assert kept(ports) == ["p3", "p4", "p5"]
    assert [row.seq for row in ports.predictions.after("grid", 0, 2)] == [4, 5]
    assert ports.labels.history("grid", "p1") == []
    assert len(ports.labels.history("grid", "p4")) == 2
    assert ports.labels.counts("grid") == {"joined": 2, "waiting": 0, "corrected": 1}
    assert [one.label.prediction_id for one in ports.labels.joined("grid", 0, 10)] == ["p3", "p4", "p4"]
    assert [later.prediction_id for _, later in ports.labels.corrections("grid", 10)] == ["p4"]
    versions = [shadow_answer("p4").version]
    assert ports.shadows.said("grid", "p1", versions) == []
    assert len(ports.shadows.said("grid", "p4", versions)) == 1
    with pytest.raises(NotFound):
        ports.predictions.get("grid", "p0")
    assert ports.predictions.get("another", "p0").seq == 1
    assert (ports.predictions.last_seq("grid"), ports.predictions.count_after("grid", 4)) == (6, 2)
    found = ports.predictions.time_range("grid")
    assert found == (after(3), after(5))


@pytest.mark.parametrize(
    ("through", "limit", "gone"),
    [(2, 100, 2), (100, 1, 1), (100, 100, 4), (0, 100, 0), (100, 0, 0)],
    ids=["no further than that place", "no more than that", "no younger ones", "no place", "none"],
)
def test_it_stops_where_it_is_told_to(ports: Ports, through: int, limit: int, gone: int) -> None:
    filled(ports)
    assert ports.predictions.remove_oldest("grid", before=after(4), through_seq=through, limit=limit) == gone
    assert len(kept(ports)) == 6 - gone


def test_one_that_came_late_keeps_those_behind_it_so_that_places_have_no_gaps(ports: Ports) -> None:
    ports.predictions.add([prediction("young", time=after(9)), prediction("old", time=after(0))])
    assert ports.predictions.remove_oldest("grid", before=after(5), through_seq=100, limit=100) == 0
    assert kept(ports) == ["young", "old"]


def test_what_arrives_afterwards_takes_the_next_place_and_an_id_that_went_is_new(ports: Ports) -> None:
    filled(ports)
    ports.predictions.remove_oldest("grid", before=after(100), through_seq=100, limit=100)
    assert kept(ports) == []
    ports.predictions.add([prediction("p0", features={"load": 9.0}, time=after(10))])
    assert ports.predictions.get("grid", "p0").seq == 7
    assert ports.labels.add([label("p0")]) == ["joined"]
