"""What MLflow could not be told while it was away is told once it is back, though no training comes to do it.

Beside whatever a process of the flows does; nothing waits for it. It knows the port alone.
"""

from __future__ import annotations

import logging
import threading

from infra.ports import Tracking

_log = logging.getLogger(__name__)

ASK_EVERY_SECONDS = 20.0


def keep_catching_up(tracking: Tracking, every_seconds: float = ASK_EVERY_SECONDS) -> threading.Event:
    """Try again now and then, in a thread of its own, until the event that is returned is set or the process ends."""
    ending = threading.Event()
    given = (tracking, every_seconds, ending)
    threading.Thread(target=_keep_on, args=given, name="catching up", daemon=True).start()
    return ending


def _keep_on(tracking: Tracking, every_seconds: float, ending: threading.Event) -> None:
    failing = False
    while not ending.is_set():
        try:
            if tracking.pending() and (sent := tracking.flush()):
                _log.warning("MLflow is back: %d operations that waited for it were told", sent)
            failing = False
        except Exception:  # noqa: BLE001 - whatever it is, what waits is still there the next time
            if not failing:
                _log.exception("what waits for MLflow could not be told; that is tried again")
            failing = True
        ending.wait(every_seconds)
