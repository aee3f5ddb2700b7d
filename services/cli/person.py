"""Who gives a command, as decisions and alerts keep it."""

from __future__ import annotations

import getpass
import os


def person() -> str:
    """The account's name; its number where it has none, as in a container that runs under any number."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # OSError from Python 3.13 on
        return f"uid {os.getuid()}"
