"""What every `ports.Shadows` does."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from infra.domain.errors import DataError, NotFound
from infra.ports import Ports
from tests.contracts.building import after, appointment, candidate, label, prediction, shadow_answer

BUNDLE = ('{"kind": "linear"}', bytes(range(256)))


def test_an_appointment_comes_back_and_its_bundle_is_kept(ports: Ports) -> None:
    ports.shadows.appoint(appointment("simple", version=0), BUNDLE)
    assert ports.shadows.appointments() == [appointment("simple", version=0)]
    assert ports.versions.bundle("hash of simple") == BUNDLE


def test_a_bundle_that_is_kept_already_need_not_be_given(ports: Ports) -> None:
    ports.versions.add(candidate(7, sha256="hash of challenger"), *BUNDLE)
    ports.shadows.appoint(appointment("challenger", version=7))
    ports.shadows.appoint(appointment("challenger", version=8), ("another", b""))
    assert ports.shadows.appointments() == [appointment("challenger", version=8)]
    assert ports.versions.bundle("hash of challenger") == BUNDLE


def test_nobody_is_appointed_without_a_bundle(ports: Ports) -> None:
    with pytest.raises(NotFound, match="hash of challenger"):
        ports.shadows.appoint(appointment("challenger"))
    assert ports.shadows.appointments() == []


def test_a_role_has_one_holder_and_each_model_its_own(ports: Ports) -> None:
    held = [
        appointment("simple", model="another", version=0),
        appointment("challenger", version=3, since=after(2)),
        appointment("simple", version=0),
    ]
    for one in [appointment("challenger", version=2, since=after(1)), *held]:
        ports.shadows.appoint(one, BUNDLE)
    assert ports.shadows.appointments() == held


def test_a_dismissed_one_holds_nothing_and_its_answers_stay(ports: Ports) -> None:
    ports.shadows.appoint(appointment("challenger", version=2), BUNDLE)
    ports.shadows.appoint(appointment("simple", version=0), BUNDLE)
    ports.shadows.add([shadow_answer("a", version=2)])
    ports.shadows.dismiss("grid", "challenger")
    ports.shadows.dismiss("grid", "challenger")
    assert [held.role for held in ports.shadows.appointments()] == ["simple"]
    assert ports.shadows.count("grid", "challenger", 2) == 1


def test_answers_stand_beside_the_labelled_predictions(ports: Ports) -> None:
    ports.predictions.add([prediction(name) for name in ("a", "b", "c", "d")])
    full = shadow_answer("c", value="DOWN", probabilities={"UP": 0.1 + 0.2, "DOWN": 0.7}, confidence=0.7)
    number = shadow_answer("a", value=-1.5)
    ports.shadows.add([full, shadow_answer("b"), number, shadow_answer("never predicted")])
    ports.labels.add([label(name, "DOWN") for name in ("d", "c", "a", "never predicted")])
    found = ports.shadows.labelled("grid", "challenger", 2, 10)
    assert [said for said, _ in found] == [number, full]
    assert [stood for _, stood in found] == [ports.predictions.get("grid", name) for name in ("a", "c")]
    assert ports.shadows.count("grid", "challenger", 2) == 4


def test_the_newest_labelled_are_told_oldest_first(ports: Ports) -> None:
    names = [f"p{n}" for n in range(6)]
    ports.predictions.add([prediction(name) for name in names])
    ports.labels.add([label(name) for name in names[:5]])
    ports.shadows.add([shadow_answer(name) for name in reversed(names)])
    newest = ports.shadows.labelled("grid", "challenger", 2, 3)
    assert [said.prediction_id for said, _ in newest] == ["p2", "p3", "p4"]
    assert ports.shadows.labelled("grid", "challenger", 2, 0) == []


@pytest.mark.parametrize(
    "other", [{"model": "another"}, {"role": "simple"}, {"version": 3}], ids=["model", "role", "version"]
)
def test_only_what_the_one_asked_about_said_is_told(ports: Ports, other: dict[str, object]) -> None:
    ports.predictions.add([prediction("a"), prediction("a", model="another")])
    ports.labels.add([label("a"), label("a", model="another")])
    ports.shadows.add([shadow_answer("a", value="UP"), shadow_answer("a", value="DOWN", **other)])
    assert ports.shadows.count("grid", "challenger", 2) == 1
    assert [said.value for said, _ in ports.shadows.labelled("grid", "challenger", 2, 10)] == ["UP"]


def test_what_was_said_first_stays(ports: Ports) -> None:
    ports.predictions.add([prediction("a")])
    ports.labels.add([label("a")])
    ports.shadows.add([shadow_answer("a", value="UP")])
    ports.shadows.add([shadow_answer("a", value="DOWN"), shadow_answer("b"), shadow_answer("b", value="DOWN")])
    assert [said.value for said, _ in ports.shadows.labelled("grid", "challenger", 2, 10)] == ["UP"]
    assert ports.shadows.count("grid", "challenger", 2) == 2


def test_more_answers_than_one_statement_takes_are_all_kept(ports: Ports) -> None:
    ports.shadows.add([])
    ports.shadows.add([shadow_answer(f"p{n}") for n in range(4_100)])
    assert ports.shadows.count("grid", "challenger", 2) == 4_100


def test_what_cannot_be_kept_is_refused_and_nothing_is_stored(ports: Ports) -> None:
    with pytest.raises(DataError):
        ports.shadows.add([shadow_answer("good"), shadow_answer("bad", value=float("nan"))])
    assert ports.shadows.count("grid", "challenger", 2) == 0


def test_several_threads_may_tell_the_same(ports: Ports) -> None:
    def tell(turn: int) -> None:
        said = [shadow_answer(f"p{n}", version=version) for version in (1, 2) for n in range(50)]
        ports.shadows.add(said if turn % 2 else said[::-1])

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(tell, range(4)))
    assert [ports.shadows.count("grid", "challenger", version) for version in (1, 2)] == [50, 50]


def test_what_was_said_beside_one_prediction_is_found(ports: Ports) -> None:
    ports.shadows.add([shadow_answer("a"), shadow_answer("b"), shadow_answer("a", version=3, value="DOWN")])
    ports.shadows.add([shadow_answer("a", role="simple", version=0, confidence=0.5)])
    said = ports.shadows.said("grid", "a", [0, 3, 4])
    assert [(one.role, one.version, one.value) for one in said] == [("challenger", 3, "DOWN"), ("simple", 0, "UP")]
    assert ports.shadows.said("grid", "none", [0, 3]) == []
