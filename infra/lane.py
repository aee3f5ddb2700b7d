"""One thread that does slow calls in order, so that a caller never waits longer than it said.

It knows nothing of what the calls do. A call that outlives its caller's patience goes on in the thread, so only
calls that may safely be repeated belong here.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

from infra.domain.errors import Unavailable

T = TypeVar("T")


class Lane:
    """A queue with one daemon thread, started by the first call; it never keeps a program from ending."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._work: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def start(self, work: Callable[[], T]) -> Future[T]:
        """Do `work` when its turn comes, without waiting."""
        future: Future[T] = Future()

        def do() -> None:
            if not future.set_running_or_notify_cancel():
                return
            try:
                future.set_result(work())
            except BaseException as error:  # noqa: BLE001 - handed to whoever asks for the result
                future.set_exception(error)

        self._work.put(do)
        with self._lock:
            if self._thread is None or not self._thread.is_alive():  # a fork leaves the thread behind
                self._thread = threading.Thread(target=self._run, name=self._name, daemon=True)
                self._thread.start()
        return future

    def call(self, work: Callable[[], T], seconds: float) -> T:
        """The result of `work`, within `seconds` of waiting for its turn and for it.

        Raises:
            Unavailable: it took longer; it is given up if it had not begun.
        """
        future = self.start(work)
        try:
            return future.result(timeout=seconds)
        except TimeoutError as error:
            if future.done():
                return future.result()
            future.cancel()
            raise Unavailable(f"{self._name} did not answer within {seconds:g} s; it is tried again later") from error

    def _run(self) -> None:
        while True:
            self._work.get()()
