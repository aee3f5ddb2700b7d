"""What every `ports.Labels` does."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import pytest

from infra.domain.errors import DataError
from infra.ports import Ports
from tests.contracts.building import after, label, prediction


def test_a_label_joins_its_prediction(ports: Ports) -> None:
    ports.predictions.add([prediction("a")])
    assert ports.labels.add([label("a")]) == ["joined"]
    assert ports.predictions.get("grid", "a").label == label("a")
    assert ports.labels.counts("grid") == {"joined": 1, "waiting": 0, "corrected": 0}


def test_a_label_waits_for_its_prediction_and_joins_it(ports: Ports) -> None:
    assert ports.labels.add([label("a"), label("never")]) == ["waiting", "waiting"]
    assert ports.labels.counts("grid") == {"joined": 0, "waiting": 2, "corrected": 0}
    ports.predictions.add([prediction("a"), prediction("b")])
    assert ports.predictions.get("grid", "a").label == label("a")
    assert ports.predictions.get("grid", "b").label is None
    assert ports.labels.counts("grid") == {"joined": 1, "waiting": 1, "corrected": 0}


def test_a_waiting_label_of_another_model_does_not_join(ports: Ports) -> None:
    ports.labels.add([label("a", model="another")])
    ports.predictions.add([prediction("a")])
    assert ports.predictions.get("grid", "a").label is None
    assert ports.labels.counts("another")["waiting"] == 1


def test_the_same_value_again_changes_nothing(ports: Ports) -> None:
    ports.predictions.add([prediction("a")])
    ports.labels.add([label("a", source="first")])
    assert ports.labels.add([label("a", source="second", time=after(1))]) == ["repeated"]
    assert ports.labels.history("grid", "a") == [label("a", source="first")]
    assert ports.labels.counts("grid")["corrected"] == 0


def test_another_value_corrects_and_the_earlier_one_is_kept(ports: Ports) -> None:
    ports.predictions.add([prediction("a")])
    first, second = label("a", "UP"), label("a", "DOWN", time=after(1), source="audit")
    third = label("a", "UP", time=after(2))
    assert ports.labels.add([first]) == ["joined"]
    assert ports.labels.add([second]) == ["corrected"]
    assert ports.labels.add([third]) == ["corrected"]
    assert ports.labels.history("grid", "a") == [first, second, third]
    assert ports.predictions.get("grid", "a").label == third
    assert ports.labels.corrections("grid", 10) == [(second, third), (first, second)]
    assert ports.labels.counts("grid") == {"joined": 1, "waiting": 0, "corrected": 2}


def test_a_waiting_label_can_be_repeated_and_corrected(ports: Ports) -> None:
    assert ports.labels.add([label("a", 1.5), label("a", 1.5), label("a", 2.5)]) == ["waiting", "repeated", "corrected"]
    ports.predictions.add([prediction("a")])
    assert ports.labels.counts("grid") == {"joined": 1, "waiting": 0, "corrected": 1}
    assert ports.predictions.get("grid", "a").label == label("a", 2.5)


def test_outcomes_keep_the_order_of_a_mixed_batch(ports: Ports) -> None:
    ports.predictions.add([prediction("a"), prediction("b"), prediction("a", model="another")])
    batch = [
        label("b", "DOWN"),
        label("a", model="another"),
        label("x"),
        label("b", "UP"),
        label("a", "UP"),
        label("b", "UP"),
    ]
    expected = ["joined", "joined", "waiting", "corrected", "joined", "repeated"]
    assert ports.labels.add(batch) == expected
    assert ports.labels.add([]) == []


def test_corrections_are_paged_newest_first(ports: Ports) -> None:
    ports.labels.add([label(f"p{n}", "UP") for n in range(5)])
    for n in range(5):
        ports.labels.add([label(f"p{n}", "DOWN")])
    pages = [ports.labels.corrections("grid", 2, offset) for offset in (0, 2, 4, 6)]
    assert [[later.prediction_id for _, later in page] for page in pages] == [["p4", "p3"], ["p2", "p1"], ["p0"], []]
    assert ports.labels.corrections("another", 10) == []


def test_more_labels_than_one_query_names(ports: Ports) -> None:
    names = [f"p{n}" for n in range(2_300)]
    ports.predictions.add([prediction(name) for name in names])
    assert set(ports.labels.add([label(name, "UP") for name in names])) == {"joined"}
    assert set(ports.labels.add([label(name, "DOWN") for name in names])) == {"corrected"}
    assert ports.labels.counts("grid") == {"joined": 2_300, "waiting": 0, "corrected": 2_300}


def test_a_batch_with_a_value_that_cannot_be_kept_stores_nothing(ports: Ports) -> None:
    with pytest.raises(DataError):
        ports.labels.add([label("a"), label("b", float("nan"))])
    assert ports.labels.history("grid", "a") == []


def test_history_of_an_unknown_id_is_empty(ports: Ports) -> None:
    assert ports.labels.history("grid", "a") == []
    assert ports.labels.counts("grid") == {"joined": 0, "waiting": 0, "corrected": 0}


def test_the_labels_in_force_are_the_last_of_those_that_have_one(ports: Ports) -> None:
    ports.predictions.add([prediction("a"), prediction("b")])
    ports.labels.add([label("a"), label("waits"), label("a", "DOWN"), label("a", "UP", model="another")])
    assert ports.labels.current("grid", ["a", "b", "waits", "unknown"]) == {
        "a": label("a", "DOWN"),
        "waits": label("waits"),
    }
    assert ports.labels.current("grid", []) == {}


def test_labels_for_one_id_from_several_threads_make_one_history(ports: Ports) -> None:
    ports.predictions.add([prediction("a")])
    with ThreadPoolExecutor(6) as pool:
        outcomes = [found[0] for found in pool.map(lambda n: ports.labels.add([label("a", f"v{n % 3}")]), range(12))]
    history = [entry.value for entry in ports.labels.history("grid", "a")]
    assert outcomes.count("joined") == 1
    assert outcomes.count("corrected") == len(history) - 1
    assert all(earlier != later for earlier, later in pairwise(history))
    current = ports.predictions.get("grid", "a").label
    assert current is not None
    assert current.value == history[-1]


def test_labels_and_predictions_that_cross_are_joined(ports: Ports) -> None:
    def send(n: int) -> None:
        if n % 2:
            ports.labels.add([label(f"p{n // 2}")])
        else:
            ports.predictions.add([prediction(f"p{n // 2}")])

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(send, range(24)))
    assert ports.labels.counts("grid") == {"joined": 12, "waiting": 0, "corrected": 0}
