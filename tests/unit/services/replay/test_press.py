"""What pages cost: up to the newest page of each process, and once they ended, all that the system says they took."""

from __future__ import annotations

import os
import time
from concurrent.futures import Future

import pytest

from services.replay.press import BackgroundPress
from tests.builders import spec


def worked(seconds: float) -> tuple[int, float]:
    """As a page that takes so long to print; (the process, its CPU seconds so far)."""
    until = time.process_time() + seconds
    while time.process_time() < until:
        sum(range(1_000))
    return os.getpid(), time.process_time()


def test_the_end_of_a_process_is_charged_too() -> None:
    with BackgroundPress(spec()) as press:
        page: Future[tuple[int, float]] = press._pool.submit(worked, 0.05)
        press._under_way.append(page)
        (_, told) = page.result()
        assert press.cpu_seconds == pytest.approx(told)
    assert told < press.cpu_seconds < told + 20.0
