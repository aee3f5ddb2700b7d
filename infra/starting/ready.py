"""The process that waits with everything imported, and forks itself for each wish.

It has one thread, and lives until the process it was forked from is gone and what it started has ended. A fork whose
asker is killed is killed too, and so are all of them when this process is. On Linux only: elsewhere a fork without a
new program is not safe with the libraries that we import.
"""

from __future__ import annotations

import contextlib
import gc
import hmac
import importlib
import json
import os
import runpy
import secrets
import select
import signal
import socket
import struct
import sys
import threading
import warnings
from collections.abc import Callable, Mapping, Sequence
from typing import NoReturn

from infra.guard import die_with_parent
from infra.starting import COUNT, READY

_HAS_FORKS = sys.platform == "linux"
_FOR_OTHERS = (signal.SIGINT, signal.SIGTERM)
"""What a terminal or a supervisor tells all at once; whoever waits ends by its own rule."""


def stand_ready(modules: Sequence[str], prepare: Callable[[], None]) -> str | None:
    """Fork a process that waits with all that is imported by now; what `READY` has to say, None where it cannot.

    Each fork returns into the caller's stack by SystemExit, so call it where nothing has to be tidied up on that way.

    Args:
        modules: what it imports itself, while whoever asks waits. One that cannot be imported is left to its users.
        prepare: called in each fork once its environment is the asker's, before the module runs.

    Raises:
        RuntimeError: this process has more than one thread, of which a fork would have none.
    """
    if not _HAS_FORKS:
        return None
    if threading.active_count() > 1:
        raise RuntimeError("a process is made ready before any thread begins, and one has begun")
    name, secret = f"keepsharp-ready-{os.getpid()}-{secrets.token_hex(4)}", secrets.token_hex(16)
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(f"\0{name}")  # no file, so that nothing is left behind however we end
    listener.listen()
    gone, lasting = os.pipe()  # the second closes when this process ends, however it does
    sys.stdout.flush()
    sys.stderr.flush()
    if os.fork():
        listener.close()
        os.close(gone)
        return f"{name}:{secret}"
    os.close(lasting)
    signal.pthread_sigmask(signal.SIG_BLOCK, _FOR_OTHERS)  # not ignored: what a fork is told at once waits for it
    _import(modules)
    gc.freeze()  # what is shared stays shared
    _Waiting(listener, gone, secret, prepare).wait()
    os._exit(0)


def _import(modules: Sequence[str]) -> None:
    for module in modules:
        try:
            importlib.import_module(module)
        except Exception as problem:  # noqa: BLE001 - an installation may be broken in any way
            print(f"{module} cannot be imported now: {type(problem).__name__}: {problem}", file=sys.stderr)
    sys.stdout.flush()  # what imports say is said once, not by each fork


class _Waiting:
    """The process that waits: `wait` returns when nobody can ask any more, and raises SystemExit in each fork."""

    def __init__(self, listener: socket.socket, gone: int, secret: str, prepare: Callable[[], None]) -> None:
        self._listener, self._gone, self._secret, self._prepare = listener, gone, secret, prepare
        self._woken, self._wake = os.pipe()
        self._poll = select.poll()
        self._running: dict[int, socket.socket] = {}
        """By process, the line to whoever asked for it."""

    def wait(self) -> None:
        os.set_blocking(self._wake, False)
        signal.set_wakeup_fd(self._wake)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        for source in (self._listener.fileno(), self._gone, self._woken):
            self._poll.register(source, select.POLLIN)
        asked = True
        while asked or self._running:
            happened = dict(self._poll.poll())
            self._end_unwanted(happened)
            if self._woken in happened:
                os.read(self._woken, 4096)
                self._reap()
            if self._gone in happened:
                for source in (self._gone, self._listener.fileno()):
                    self._poll.unregister(source)
                self._listener.close()  # whoever asks now starts anew
                asked = False
            elif self._listener.fileno() in happened:
                self._fork()

    def _fork(self) -> None:
        line, _ = self._listener.accept()
        try:
            process = os.fork() if _is_ours(line) else None
        except OSError as problem:  # no memory, or too many processes: whoever asked starts anew
            print(f"a process could not be forked: {problem}", file=sys.stderr)
            process = None
        if process is None:
            line.close()
            return
        if process == 0:
            self._become_what_is_asked(line)
        self._running[process] = line
        self._poll.register(line.fileno(), 0)  # what is said is for the fork to read; that it hangs up is told unasked
        _say(line, process)

    def _become_what_is_asked(self, line: socket.socket) -> NoReturn:
        """In a fork: end as a new interpreter would, whatever the caller of `stand_ready` does about exceptions."""
        self._forget()
        try:
            with line:
                module = _take_up(line, self._secret)
            self._prepare()
            warnings.filterwarnings("ignore", ".*found in sys.modules", RuntimeWarning, "runpy")  # imported before
            runpy.run_module(module, run_name="__main__", alter_sys=True)
        except SystemExit:
            raise
        except BaseException as problem:  # noqa: BLE001 - nobody above is meant
            sys.excepthook(type(problem), problem, problem.__traceback__)
            sys.exit(1)
        sys.exit(0)

    def _end_unwanted(self, happened: Mapping[int, int]) -> None:
        """Kill what was asked for by processes that are gone."""
        for process, line in self._running.items():
            if line.fileno() in happened:
                self._poll.unregister(line.fileno())
                os.kill(process, signal.SIGKILL)

    def _reap(self) -> None:
        """Tell of all that has ended."""
        for process in list(self._running):
            ended, status = os.waitpid(process, os.WNOHANG)
            if ended:
                with self._running.pop(process) as line:
                    with contextlib.suppress(KeyError):  # who asked was gone
                        self._poll.unregister(line.fileno())
                    _say(line, os.waitstatus_to_exitcode(status))

    def _forget(self) -> None:
        """In a fork, what belongs to the process that waits."""
        die_with_parent()
        signal.set_wakeup_fd(-1)
        for number in (signal.SIGCHLD, signal.SIGTERM):
            signal.signal(number, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _FOR_OTHERS)
        for line in (self._listener, *self._running.values()):
            line.close()
        for pipe in (self._gone, self._woken, self._wake):
            os.close(pipe)


def _is_ours(line: socket.socket) -> bool:
    """Whether whoever asks is the same user; the name of the socket is to be seen by everybody."""
    _, user, _ = struct.unpack("3i", line.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i")))
    return bool(user == os.getuid())


def _take_up(line: socket.socket, secret: str) -> str:
    """In a fork: take folder, environment, module path and streams of whoever asked; the module it asked for."""
    length, streams, _, _ = socket.recv_fds(line, COUNT, 3)
    with line.makefile("rb") as reading:
        wish = json.loads(reading.read(int.from_bytes(length)))
    if not hmac.compare_digest(wish["secret"], secret):
        sys.exit(f"somebody who does not know the secret of {READY} asked for a process, and got none")
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    os.chdir(wish["folder"])
    os.environ.clear()
    os.environ.update(wish["environment"])
    sys.path[:] = wish["path"]  # whoever asked was begun as the module would have been, and looks where it would
    sys.argv = [wish["module"]]
    module: str = wish["module"]
    return module


def _say(line: socket.socket, number: int) -> None:
    with contextlib.suppress(OSError):  # nobody is left to hear it
        line.sendall(number.to_bytes(COUNT, signed=True))
