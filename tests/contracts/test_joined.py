"""What every `ports.Labels` says of the order in which labels joined their predictions."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor

import pytest

from infra.domain.errors import Conflict
from infra.domain.labelling import Joined, Moments
from infra.domain.predictions import Label, Prediction
from infra.ports import Ports
from tests.contracts.building import NOON, after, label, prediction


def test_a_label_is_found_at_its_place_beside_its_prediction(ports: Ports) -> None:
    asked = prediction("a", features={"load": 2, "on": True}, probabilities={"UP": 0.9}, confidence=0.9)
    ports.predictions.add([asked])
    truth = label("a", "DOWN", time=after(3), source="lab")
    ports.labels.add([truth])
    assert ports.labels.joined("grid", 0, 10) == [Joined(place=1, seq=1, label=truth, prediction=asked, first=True)]
    assert ports.labels.moments("grid", 0, 10) == [Moments(seq=1, predicted_at=asked.time, labelled_at=after(3))]
    assert ports.labels.moments("grid", 1, 10) == []
    assert ports.labels.last_place("grid") == 1


def test_nothing_joined_yet(ports: Ports) -> None:
    ports.labels.add([label("a")])
    assert ports.labels.joined("grid", 0, 10) == []
    assert ports.labels.last_place("grid") == 0
    assert ports.labels.last_place("another") == 0


def test_places_follow_the_joining_and_not_the_order_of_arrival(ports: Ports) -> None:
    ports.labels.add([label("late"), label("later")])
    ports.predictions.add([prediction("early")])
    ports.labels.add([label("early")])
    ports.predictions.add([prediction("later")])
    ports.predictions.add([prediction("late")])
    found = ports.labels.joined("grid", 0, 10)
    assert [(joined.place, joined.label.prediction_id) for joined in found] == [(1, "early"), (2, "later"), (3, "late")]


def test_labels_that_waited_together_join_in_the_order_in_which_they_came(ports: Ports) -> None:
    ports.labels.add([label("b"), label("a")])
    ports.labels.add([label("b", "DOWN")])
    ports.predictions.add([prediction("a"), prediction("b"), prediction("c")])
    found = ports.labels.joined("grid", 0, 10)
    assert [(joined.label.prediction_id, joined.label.value, joined.first) for joined in found] == [
        ("b", "UP", True),
        ("a", "UP", True),
        ("b", "DOWN", False),
    ]
    assert [joined.place for joined in found] == [1, 2, 3]


def test_a_correction_has_a_place_and_a_repetition_has_none(ports: Ports) -> None:
    ports.predictions.add([prediction("a"), prediction("b")])
    ports.labels.add([label("a"), label("a"), label("b"), label("a", "DOWN")])
    ports.labels.add([label("b"), label("b", "DOWN")])
    found = ports.labels.joined("grid", 0, 10)
    assert [(joined.place, joined.label.prediction_id, joined.first) for joined in found] == [
        (1, "a", True),
        (2, "b", True),
        (3, "a", False),
        (4, "b", False),
    ]


def test_places_are_read_page_by_page_and_counted_by_model(ports: Ports) -> None:
    names = [f"p{n}" for n in range(7)]
    ports.predictions.add([prediction(name, model=model) for name in names for model in ("grid", "press")])
    ports.labels.add([label(name, model=model) for name in names for model in ("grid", "press")])
    assert [joined.place for joined in ports.labels.joined("grid", 2, 3)] == [3, 4, 5]
    assert [joined.place for joined in ports.labels.joined("press", 5, 10)] == [6, 7]
    assert ports.labels.joined("grid", 7, 10) == []
    assert (ports.labels.last_place("grid"), ports.labels.last_place("press")) == (7, 7)


def test_a_refused_batch_of_predictions_leaves_labels_waiting_without_a_place(ports: Ports) -> None:
    ports.predictions.add([prediction("used")])
    ports.labels.add([label("a")])
    with pytest.raises(Conflict):
        ports.predictions.add([prediction("a"), prediction("used", features={"load": 9.0})])
    assert ports.labels.last_place("grid") == 0
    ports.predictions.add([prediction("a"), prediction("used")])
    assert [joined.place for joined in ports.labels.joined("grid", 0, 10)] == [1]


def test_more_labels_wait_than_one_query_names(ports: Ports) -> None:
    names = [f"p{n}" for n in range(1_700)]
    ports.labels.add([label(name) for name in reversed(names)])
    ports.predictions.add([prediction(name) for name in names])
    found = ports.labels.joined("grid", 0, 5_000)
    assert [joined.label.prediction_id for joined in found] == names[::-1]
    assert [joined.place for joined in found] == list(range(1, 1_701))


@pytest.mark.parametrize("seed", range(4))
def test_any_interleaving_joins_each_label_once_without_gaps(ports: Ports, seed: int) -> None:
    dice = random.Random(seed)
    names = [f"p{n}" for n in range(12)]
    arrived: set[str] = set()
    waiting: list[Label] = []
    expected: list[Label] = []
    current: dict[str, object] = {}
    for _ in range(40):
        some = dice.sample(names, dice.randint(1, 3))
        if dice.random() < 0.4:
            ports.predictions.add([prediction(name) for name in some])
            arrived |= set(some)
        else:
            given = [label(name, dice.choice(["UP", "DOWN"])) for name in some]
            ports.labels.add(given)
            waiting += [entry for entry in given if current.get(entry.prediction_id) != entry.value]
            current |= {entry.prediction_id: entry.value for entry in given}
        expected += [entry for entry in waiting if entry.prediction_id in arrived]
        waiting = [entry for entry in waiting if entry.prediction_id not in arrived]
    found = ports.labels.joined("grid", 0, 1_000)
    assert [joined.label for joined in found] == expected
    assert [joined.place for joined in found] == list(range(1, len(expected) + 1))
    firsts = [joined.label.prediction_id for joined in found if joined.first]
    assert len(firsts) == len(set(firsts)) == ports.labels.counts("grid")["joined"]


def test_threads_that_send_predictions_and_labels_at_once_leave_no_gap(ports: Ports) -> None:
    def send(n: int) -> None:
        names = [f"p{n // 2}-{place}" for place in range(5)]
        rows: list[Prediction] = [prediction(name, time=NOON) for name in names]
        if n % 2:
            ports.predictions.add(rows)
        else:
            ports.labels.add([label(name) for name in names])

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(send, range(24)))
    found = ports.labels.joined("grid", 0, 100)
    assert [joined.place for joined in found] == list(range(1, 61))
    assert len({joined.label.prediction_id for joined in found}) == ports.labels.last_place("grid") == 60
