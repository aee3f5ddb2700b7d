"""What waits for MLflow is told by itself once it is back."""

from __future__ import annotations

import threading

from flows.catching_up import keep_catching_up
from infra.memory.tracking import MemoryTracking


class Away(MemoryTracking):
    """A tracker that is away, then fails once, then is back; three operations wait for it."""

    def __init__(self) -> None:
        super().__init__()
        self.asked, self.told, self.all_told = 0, 0, threading.Event()

    def pending(self) -> int:
        return 3 - self.told

    def flush(self) -> int:
        self.asked += 1
        if self.asked == 1:
            return 0
        if self.asked == 2:
            raise OSError("the folder of what waits cannot be read")
        self.told = 3
        self.all_told.set()
        return 3


def test_what_waits_is_told_once_it_can_be_and_is_not_asked_about_again() -> None:
    tracking = Away()
    ending = keep_catching_up(tracking, every_seconds=0.001)
    assert tracking.all_told.wait(10)
    ending.set()
    assert (tracking.asked, tracking.pending()) == (3, 0)
