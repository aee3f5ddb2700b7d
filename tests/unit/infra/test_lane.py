import threading
from functools import partial

import pytest

from infra.domain.errors import Unavailable
from infra.lane import Lane


def test_returns_the_result() -> None:
    assert Lane("service").call(lambda: 6 * 7, 5) == 42


def test_hands_the_error_of_the_work_to_the_caller() -> None:
    def fail() -> None:
        raise TimeoutError("its own")

    with pytest.raises(TimeoutError, match="its own"):
        Lane("service").call(fail, 5)


def test_does_the_work_in_the_order_it_came() -> None:
    lane, done = Lane("service"), list[int]()
    for number in range(20):
        lane.start(partial(done.append, number))
    lane.call(lambda: None, 5)
    assert done == list(range(20))


def test_gives_up_on_slow_work_and_on_what_waits_behind_it() -> None:
    lane, gate, done = Lane("service"), threading.Event(), list[str]()
    with pytest.raises(Unavailable, match=r"service did not answer within 0\.01 s"):
        lane.call(gate.wait, 0.01)
    with pytest.raises(Unavailable):
        lane.call(lambda: done.append("behind"), 0.01)
    gate.set()
    assert lane.call(lambda: "again", 5) == "again"
    assert done == [], "work that was given up before it began is never done"
