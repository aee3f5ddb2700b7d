"""What MLflow could not be told while it was away is told once it is back, though no training comes to do it.

Beside whatever a process of the flows does; nothing waits for it. It knows the port alone.
"""

from __future__ import annotations

import logging
import threading

from flows.keeping_on import keep_on
from infra.ports import Tracking

_log = logging.getLogger(__name__)

ASK_EVERY_SECONDS = 20.0


def keep_catching_up(tracking: Tracking, every_seconds: float = ASK_EVERY_SECONDS) -> threading.Event:
    """Try again now and then, in a thread of its own, until the event that is returned is set or the process ends."""

    def catch_up() -> None:
        if tracking.pending() and (sent := tracking.flush()):
            _log.info("MLflow was told what waited for it: %d operations", sent)

    failed = "what waits for MLflow could not be told; that is tried again"
    return keep_on(catch_up, name="catching up", every_seconds=every_seconds, logger=_log, failed=failed)
