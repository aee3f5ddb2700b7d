"""What every `ports.Predictions` does."""

from __future__ import annotations

import math
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from infra.domain.errors import Conflict, DataError, NotFound
from infra.domain.values import Features
from infra.ports import Ports
from tests.contracts.building import NOON, after, label, prediction


def test_returns_what_was_stored(ports: Ports) -> None:
    full = prediction(
        "a",
        probabilities={"UP": 0.7, "DOWN": 0.1 + 0.2},
        confidence=0.7,
        unknown_categories=("region", "тип"),
        abstained=True,
        time=datetime(2026, 3, 1, 12, 0, 0, 123457, tzinfo=UTC),
    )
    assert ports.predictions.add([full]) == [full]
    answered = ports.predictions.get("grid", "a")
    assert (answered.seq, answered.prediction, answered.label) == (1, full, None)


def test_the_same_prediction_again_returns_the_stored_one(ports: Ports) -> None:
    first = prediction("a", value="UP", version=1)
    ports.predictions.add([first])
    again = prediction("a", value="DOWN", version=2)
    assert ports.predictions.add([again, prediction("b")]) == [first, prediction("b")]
    assert ports.predictions.last_seq("grid") == 2


def test_one_id_twice_in_a_batch_is_stored_once(ports: Ports) -> None:
    first = prediction("a", version=1)
    assert ports.predictions.add([first, prediction("a", version=2)]) == [first, first]
    assert ports.predictions.last_seq("grid") == 1


@pytest.mark.parametrize("stored_before", [True, False], ids=["stored before", "in the same batch"])
def test_an_id_with_other_features_is_a_conflict_and_nothing_is_stored(ports: Ports, stored_before: bool) -> None:
    original = prediction("a")
    if stored_before:
        ports.predictions.add([original])
    other = prediction("a", features={"load": 2.5})
    batch = [prediction("new"), *([] if stored_before else [original]), other, prediction("z", model="another")]
    with pytest.raises(Conflict, match=r"'a'.*nothing"):
        ports.predictions.add(batch)
    assert set(ports.predictions.find("grid", ["new", "a"])) == ({"a"} if stored_before else set())
    assert ports.predictions.last_seq("another") == 0


def test_one_id_may_be_used_by_two_models(ports: Ports) -> None:
    pair = [prediction("a"), prediction("a", model="another", features={"load": 2.5})]
    assert ports.predictions.add(pair) == pair
    assert ports.predictions.get("another", "a").seq == 1


def test_an_empty_batch_is_nothing(ports: Ports) -> None:
    assert ports.predictions.add([]) == []
    assert ports.predictions.last_seq("grid") == 0
    assert ports.predictions.time_range("grid") is None
    assert ports.predictions.count_after("grid", 0) == 0


def test_unknown_id_is_not_found_by_name(ports: Ports) -> None:
    ports.predictions.add([prediction("a", model="another")])
    with pytest.raises(NotFound, match="'a'"):
        ports.predictions.get("grid", "a")
    assert ports.predictions.find("grid", ["a"]) == {}


def test_arrival_orders_rows_whatever_their_time(ports: Ports) -> None:
    ports.predictions.add([prediction(f"p{n}", time=after(-n)) for n in range(7)])
    ports.predictions.add([prediction("q", model="another")])
    assert [row.prediction.id for row in ports.predictions.after("grid", 2, 3)] == ["p2", "p3", "p4"]
    assert [row.seq for row in ports.predictions.after("grid", 5, 100)] == [6, 7]
    assert [row.seq for row in ports.predictions.between("grid", 2, 4)] == [2, 3, 4]
    assert ports.predictions.between("grid", 5, 4) == []
    assert ports.predictions.last_seq("grid") == 7
    assert ports.predictions.count_after("grid", 5) == 2
    assert ports.predictions.count_after("grid", 9) == 0
    assert ports.predictions.times_after("grid", 2, 3) == [after(-2), after(-3), after(-4)]
    assert ports.predictions.times_after("grid", 7, 3) == []


def test_time_orders_rows_then_arrival_and_the_end_is_left_out(ports: Ports) -> None:
    hours = {"late": 3, "early": 0, "noon": 1, "tie": 1, "before": -1}
    ports.predictions.add([prediction(name, time=after(hour)) for name, hour in hours.items()])
    found = ports.predictions.in_time("grid", after(0), after(3))
    assert [row.prediction.id for row in found] == ["early", "noon", "tie"]
    assert ports.predictions.time_range("grid") == (after(-1), after(3))


def test_more_rows_than_one_query_names_keep_their_order(ports: Ports) -> None:
    many = [prediction(f"p{n}", value=float(n)) for n in range(2_300)]
    assert ports.predictions.add(many) == many
    assert ports.predictions.add(many[::-1]) == many[::-1]
    assert [row.prediction for row in ports.predictions.between("grid", 1, 5_000)] == many


def test_3000_rows_go_in_at_once_and_come_back(ports: Ports) -> None:
    ports.predictions.add([prediction("first")])
    many = [
        prediction(
            f"p{n}",
            features={"load": n / 7, "site": 'a "b"\\\t\x01,{}', "none": None},
            probabilities={"UP": 1 / (n + 1), "DOWN": 1 - 1 / (n + 1)} if n % 3 else None,
            confidence=1 / (n + 1) if n % 2 else None,
            unknown_categories=("site",) if n % 5 == 0 else (),
            abstained=n % 4 == 0,
        )
        for n in range(3_000)
    ]
    assert ports.predictions.add(many) == many
    found = ports.predictions.between("grid", 2, 5_000)
    assert [row.prediction for row in found] == many
    assert [row.seq for row in found] == list(range(2, 3_002))


def test_repeated_and_new_ids_in_one_batch(ports: Ports) -> None:
    ports.predictions.add([prediction("a", version=1), prediction("b", version=1)])
    batch = [prediction(name, version=2) for name in ("x", "b", "y", "x", "a")]
    stood = ports.predictions.add(batch)
    assert [(one.id, one.version) for one in stood] == [("x", 2), ("b", 1), ("y", 2), ("x", 2), ("a", 1)]
    assert [row.prediction.id for row in ports.predictions.after("grid", 0, 10)] == ["a", "b", "x", "y"]
    assert ports.predictions.last_seq("grid") == 4


def test_labels_that_waited_are_joined_by_new_rows_of_any_batch(ports: Ports) -> None:
    ports.labels.add([label(name) for name in ("a", "b", "c", "d")])
    ports.predictions.add([prediction("a"), prediction("z")])
    assert ports.labels.counts("grid") == {"joined": 1, "waiting": 3, "corrected": 0}
    ports.predictions.add([prediction("a"), prediction("b"), prediction("b"), prediction("c", model="another")])
    assert ports.labels.counts("grid") == {"joined": 2, "waiting": 2, "corrected": 0}
    assert ports.predictions.get("grid", "b").label == label("b")


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ({"a": 1, "b": "x"}, {"b": "x", "a": 1.0}, True),
        ({"a": 0}, {"a": False}, False),
        ({"a": None}, {}, False),
        ({"a": "1"}, {"a": 1}, False),
        ({"a": 0.1 + 0.2}, {"a": 0.3}, False),
    ],
    ids=["order and point", "zero is not false", "none is not absent", "text is no number", "the last bit counts"],
)
def test_features_are_the_same_when_names_and_values_are(
    ports: Ports, one: Features, other: Features, same: bool
) -> None:
    first = prediction("a", features=one)
    ports.predictions.add([first])
    if same:
        assert ports.predictions.add([prediction("a", features=other)]) == [first]
    else:
        with pytest.raises(Conflict, match="'a'"):
            ports.predictions.add([prediction("a", features=other)])


def test_the_queue_has_abstained_first_then_the_least_sure_then_the_newest(ports: Ports) -> None:
    sure = {"old": 0.5, "labelled": 0.1, "half": 0.5, "most": 0.9, "newer half": 0.5, "unknown": None}
    ports.predictions.add([prediction(name, confidence=confidence) for name, confidence in sure.items()])
    ports.predictions.add([prediction("held back", confidence=0.7, abstained=True)])
    ports.predictions.add([prediction("first of all", confidence=0.6, abstained=True)])
    ports.predictions.add([prediction("elsewhere", model="another", confidence=0.0)])
    ports.labels.add([label("labelled"), label("not yet predicted")])
    queue = ["first of all", "held back", "newer half", "half", "old", "most", "unknown"]

    def asked(*window: int) -> list[str]:
        return [row.prediction.id for row in ports.predictions.unlabelled("grid", *window)]

    assert asked(10) == queue
    assert asked(2, 3) == queue[3:5]
    assert asked(10, 0, 5) == ["first of all", "held back", "newer half", "most", "unknown"]
    assert asked(10, 7) == []


def test_rows_carry_their_current_label(ports: Ports) -> None:
    ports.predictions.add([prediction("a"), prediction("b")])
    ports.labels.add([label("a", "DOWN"), label("a", "UP", time=after(1), source="audit")])
    current = label("a", "UP", time=after(1), source="audit")
    for rows in (
        ports.predictions.after("grid", 0, 10),
        ports.predictions.between("grid", 1, 2),
        ports.predictions.in_time("grid", NOON, after(1)),
    ):
        assert [row.label for row in rows] == [current, None]
    assert ports.predictions.get("grid", "a").label == current


FEATURES = {
    "none": None,
    "true": True,
    "false": False,
    "one": 1,
    "one point": 1.0,
    "tenth": 0.1,
    "tiny": 5e-324,
    "huge": 1.7976931348623157e308,
    "big": 2**62 + 1,
    "negative": -(2**63),
    "text": "zażółć 機械 🔧",
    "empty": "",
    "nul": "a\x00b",
    "digits": "007",
    "null": "null",
    "ключ": "\u2028",
}


def test_features_come_back_with_value_and_kind(ports: Ports) -> None:
    ports.predictions.add([prediction("a", features=FEATURES)])
    found = ports.predictions.get("grid", "a").prediction.features
    assert dict(found) == FEATURES
    assert {name: type(value) for name, value in found.items()} == {n: type(v) for n, v in FEATURES.items()}
    assert list(found) == list(FEATURES)


_VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**63), 2**63 - 1),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(st.characters(exclude_categories=["Cs"])),
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(features=st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), _VALUES, max_size=5))
def test_any_features_come_back(ports: Ports, features: Features) -> None:
    name = f"p{ports.predictions.last_seq('grid')}"
    ports.predictions.add([prediction(name, features=features)])
    found = ports.predictions.get("grid", name).prediction.features
    assert repr(dict(found)) == repr(dict(features))  # also tells 1 from 1.0 from True, and -0.0 from 0.0


@pytest.mark.parametrize("value", ["UP", "1", 1.0, -0.25, 1e300])
def test_answers_come_back_with_value_and_kind(ports: Ports, value: str | float) -> None:
    ports.predictions.add([prediction("a", value=value)])
    ports.labels.add([label("a", value)])
    found = ports.predictions.get("grid", "a")
    assert found.label is not None
    assert (repr(found.prediction.value), repr(found.label.value)) == (repr(value), repr(value))


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, 2**70, "\ud800"])
def test_what_cannot_be_kept_is_refused_and_nothing_is_stored(ports: Ports, value: float | str) -> None:
    with pytest.raises(DataError):
        ports.predictions.add([prediction("good"), prediction("bad", features={"x": value})])
    assert ports.predictions.last_seq("grid") == 0


ZONES = [UTC, timezone(timedelta(hours=5, minutes=45)), ZoneInfo("Europe/Berlin"), timezone(-timedelta(hours=11))]
MOMENTS = [
    datetime(2026, 3, 1, 12, 0, 0, 1, tzinfo=UTC),
    datetime(1969, 12, 31, 23, 59, 59, 999999, tzinfo=UTC),
    datetime(2, 1, 3, tzinfo=UTC),
    datetime(9998, 12, 30, 1, 2, 3, 654321, tzinfo=UTC),
    datetime(2026, 10, 25, 2, 30, fold=1, tzinfo=UTC),
]


def test_moments_come_back_to_the_microsecond_from_every_zone(ports: Ports) -> None:
    times = [moment.replace(tzinfo=zone) for moment in MOMENTS for zone in ZONES]
    ports.predictions.add([prediction(f"p{n}", time=time) for n, time in enumerate(times)])
    found = [row.prediction.time for row in ports.predictions.between("grid", 1, len(times))]
    assert found == [time.astimezone(UTC) for time in times]
    assert {time.utcoffset() for time in found} == {timedelta(0)}
    assert ports.predictions.time_range("grid") == (min(found), max(found))


def test_what_the_caller_changes_later_does_not_reach_the_store(ports: Ports) -> None:
    features: dict[str, float | int | str | bool | None] = {"load": 1.0}
    ports.predictions.add([prediction("a", features=features)])
    features["load"] = 2.0
    assert ports.predictions.get("grid", "a").prediction.features == {"load": 1.0}


def test_the_same_ids_from_several_threads_make_one_row_each(ports: Ports) -> None:
    def send(version: int) -> list[int]:
        batch = [prediction(f"p{n}", version=version) for n in range(20)]
        return [stood.version for stood in ports.predictions.add(batch[:: version or 1])]

    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(send, [1, -1, 1, -1, 1, -1]))
    stored = ports.predictions.between("grid", 1, 1_000)
    assert [row.seq for row in stored] == list(range(1, 21))
    assert len({row.prediction.id for row in stored}) == 20
    winner = {row.prediction.version for row in stored}
    assert all(set(versions) == winner for versions in answers)


def test_fifty_copies_at_once_make_one_row(ports: Ports) -> None:
    def send(version: int) -> int:
        return ports.predictions.add([prediction("a", version=version)])[0].version

    with ThreadPoolExecutor(50) as pool:
        answers = list(pool.map(send, range(1, 51)))
    stored = ports.predictions.get("grid", "a")
    assert stored.seq == ports.predictions.last_seq("grid") == 1
    assert set(answers) == {stored.prediction.version}


def test_fifty_threads_with_conflicting_batches_leave_no_gap(ports: Ports) -> None:
    def send(thread: int) -> bool:
        batch = [prediction(f"{thread}"), prediction("shared", features={"load": float(thread % 2)})]
        try:
            ports.predictions.add(batch)
        except Conflict:
            return False
        return True

    with ThreadPoolExecutor(10) as pool:
        stored = list(pool.map(send, range(50)))
    assert stored.count(True) == 25
    assert [row.seq for row in ports.predictions.after("grid", 0, 100)] == list(range(1, 27))


def test_places_have_no_gaps_when_several_threads_write(ports: Ports) -> None:
    def send(thread: int) -> None:
        for batch in range(3):
            ports.predictions.add([prediction(f"{thread}-{batch}-{n}") for n in range(3)])

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(send, range(4)))
    assert [row.seq for row in ports.predictions.after("grid", 0, 100)] == list(range(1, 37))
