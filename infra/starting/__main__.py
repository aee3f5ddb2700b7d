"""`python -m infra.starting MODULE`: what `python -m MODULE` does, without waiting for its imports where they are made.

Where no process waits at the socket that the environment names, it becomes `python -m MODULE` itself.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import sys
from typing import NoReturn

from infra.starting import COUNT, READY


def main(module: str) -> int:
    """The exit status of the module; does not return where it becomes the module itself."""
    name, _, secret = os.environ.get(READY, "").partition(":")
    line = _line_to(name)
    if line is not None:
        with line:
            process = _begin(module, line, secret)
            if process is not None:
                return _end_as_it_does(line)
    return _become(module)


def _become(module: str) -> NoReturn:
    os.execv(sys.executable, [sys.executable, "-m", module])  # noqa: S606 - what we were asked to be


def _line_to(name: str) -> socket.socket | None:
    """To whoever waits there; None when nobody does."""
    line = socket.socket(socket.AF_UNIX)
    try:
        if name:
            line.connect(f"\0{name}")
            return line
    except OSError as error:
        print(f"{READY} names {name}, which does not answer ({error}): this takes longer", file=sys.stderr)
    line.close()
    return None


def _begin(module: str, line: socket.socket, secret: str) -> int | None:
    """Have it run, and pass the signal to end on to it; its process, None where whoever waited is gone."""
    here = {"folder": os.getcwd(), "environment": dict(os.environ), "path": sys.path}
    said = json.dumps({"secret": secret, "module": module, **here}).encode()
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})  # until there is one to pass it on to
    try:
        socket.send_fds(line, [len(said).to_bytes(COUNT)], [0, 1, 2])
        line.sendall(said)
        process = _number(line)
        if process is not None:
            signal.signal(signal.SIGTERM, lambda *_: _tell(process))
            signal.signal(signal.SIGINT, signal.SIG_IGN)  # a terminal tells it to both
        return process
    except OSError:
        return None
    finally:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM})


def _end_as_it_does(line: socket.socket) -> int:
    """Wait for its end: the status of this process."""
    status = _number(line)
    if status is None:
        print(f"the process that {READY} names was killed, and what it had started with it", file=sys.stderr)
        return 1
    if status < 0:
        with contextlib.suppress(OSError):  # some cannot be caught to begin with
            signal.signal(-status, signal.SIG_DFL)
        os.kill(os.getpid(), -status)
    return status


def _tell(process: int) -> None:
    with contextlib.suppress(ProcessLookupError):  # it has just ended
        os.kill(process, signal.SIGTERM)


def _number(line: socket.socket) -> int | None:
    """The next one; None where the other side is gone."""
    with contextlib.suppress(ConnectionResetError):
        if len(said := line.recv(COUNT, socket.MSG_WAITALL)) == COUNT:
            return int.from_bytes(said, signed=True)
    return None


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
