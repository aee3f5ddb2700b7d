"""A deed that is done again and again beside whatever a process does, in a thread of its own. It knows no deed."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable


def keep_on(
    deed: Callable[[], object], *, name: str, every_seconds: float, logger: logging.Logger, failed: str
) -> threading.Event:
    """Do it now and then, until the event that is returned is set or the process ends.

    Args:
        name: of the thread.
        failed: said with the traceback where the deed raises; once, until it works again.
    """
    ending = threading.Event()

    def again_and_again() -> None:
        failing = False
        while not ending.is_set():
            try:
                deed()
                failing = False
            except Exception:  # whatever it is, what is to be done is still to be done the next time
                if not failing:
                    logger.exception(failed)
                failing = True
            ending.wait(every_seconds)

    threading.Thread(target=again_and_again, name=name, daemon=True).start()
    return ending
