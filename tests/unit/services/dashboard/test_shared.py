"""What is shared among those who ask is made once a mark, and never outlives what it was made from."""

from __future__ import annotations

import itertools
import threading
import time

import pytest

from services.dashboard.shared import Shared


def test_a_value_is_made_once_while_nothing_changes() -> None:
    mark = [1]
    shared: Shared[int] = Shared(lambda: mark[0])
    made = itertools.count(1)
    assert [shared.get(key, lambda: next(made)) for key in "aab"] == [1, 1, 2]
    mark[0] = 2
    assert shared.get("a", lambda: 7) == 7
    assert shared.get("b", lambda: 8) == 8


def test_what_no_mark_tells_of_is_made_anew_after_a_while() -> None:
    now = [0.0]
    shared: Shared[int] = Shared(lambda: "same", seconds=10.0, clock=lambda: now[0])
    assert shared.get("a", lambda: 1) == 1
    now[0] = 9.9
    assert shared.get("a", lambda: 2) == 1
    now[0] = 10.0
    assert shared.get("a", lambda: 2) == 2


def test_a_failure_is_not_kept() -> None:
    shared: Shared[int] = Shared(lambda: 1)
    with pytest.raises(ZeroDivisionError):
        shared.get("a", lambda: 1 // 0)
    assert shared.get("a", lambda: 1) == 1


def test_of_those_who_ask_at_once_one_makes_it() -> None:
    shared: Shared[int] = Shared(lambda: 1)
    made: list[int] = []

    def make() -> int:
        time.sleep(0.02)
        made.append(1)
        return len(made)

    threads = [threading.Thread(target=shared.get, args=("a", make)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert made == [1]
