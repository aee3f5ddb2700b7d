"""A process that waits with its imports made, and what stands for its forks: real processes, signals and sockets."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from infra.starting import READY
from infra.starting.ready import _HAS_FORKS

needs_forks = pytest.mark.skipif(not _HAS_FORKS, reason="without a new program only Linux forks safely")
_OWNER = """
import os, sys, time
from infra.starting import ready
if "LATE" in os.environ:
    ready.die_with_parent = lambda: time.sleep(2)
try:
    print(ready.stand_ready(["known_slowly", "not_there"], lambda: print("made new", flush=True)), flush=True)
except Exception:
    sys.exit("what a fork does came to its caller")
time.sleep(600)
"""
_PART = """
import os, sys, time
said, status = os.environ["SAY"], int(os.environ["STATUS"])
print(said, os.getcwd(), "known_slowly" in sys.modules, __spec__.name, sys.stdin.read(), flush=True)
if status == 77:
    time.sleep(600)
sys.exit(status)
"""


class Owner:
    """A process that has one waiting."""

    def __init__(self, folder: Path, **changed: str) -> None:
        for name in ("imported", "asking"):
            (folder / name).mkdir()
        (folder / "imported" / "known_slowly.py").write_text("print('imported')")
        (folder / "asking" / "part.py").write_text(_PART)
        self._folder = folder / "asking"
        self._environment = {**os.environ, "PYTHONPATH": str(folder / "imported"), **changed}
        for name in (READY, "PYTHONUNBUFFERED"):
            self._environment.pop(name, None)
        self.process = subprocess.Popen(
            [sys.executable, "-P", "-c", _OWNER],  # it looks for modules in no folder that it is in, as a command does
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=self._environment,
            text=True,
        )
        assert self.process.stdout is not None
        self.ready = next(line.strip() for line in self.process.stdout if line.startswith("keepsharp-ready"))

    @property
    def waiting(self) -> psutil.Process:
        (found,) = psutil.Process(self.process.pid).children()
        return found

    def ask(self, module: str = "part", *, ready: str | None = None, status: int = 0) -> subprocess.Popen[str]:
        where = {READY: self.ready if ready is None else ready, "SAY": "héllo", "STATUS": str(status)}
        return subprocess.Popen(
            [sys.executable, "-m", "infra.starting", module],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**self._environment, **where},
            cwd=self._folder,
            text=True,
        )

    def ask_for_one_that_stays(self) -> tuple[subprocess.Popen[str], psutil.Process]:
        """Who asked, and the fork."""
        asking = self.ask(status=77)
        assert asking.stdin is not None
        assert asking.stdout is not None
        asking.stdin.close()
        asking.stdin = None
        assert asking.stdout.readline() == "made new\n"
        assert asking.stdout.readline().startswith("héllo")
        (fork,) = self.waiting.children()
        return asking, fork

    def end(self) -> None:
        self.process.kill()
        self.process.communicate()


@pytest.fixture
def owner(tmp_path: Path) -> Iterator[Owner]:
    one = Owner(tmp_path)
    yield one
    one.end()


@pytest.fixture
def late_owner(tmp_path: Path) -> Iterator[Owner]:
    """Its forks need two seconds until they are something of their own."""
    one = Owner(tmp_path, LATE="yes")
    yield one
    one.end()


def until(holds: Callable[[], bool]) -> bool:
    ending = time.monotonic() + 20
    while not holds() and time.monotonic() < ending:
        time.sleep(0.02)
    return holds()


@needs_forks
@pytest.mark.parametrize("status", [0, 3])
def test_a_fork_is_where_its_asker_is_with_what_it_has_and_ends_as_it_says(owner: Owner, status: int) -> None:
    asking = owner.ask(status=status)
    said, problems = asking.communicate("from outside", timeout=60)
    assert said.splitlines() == ["made new", f"héllo {asking_folder(owner)} True part from outside"]
    assert problems == ""
    assert asking.returncode == status
    assert owner.waiting.children() == []


def asking_folder(owner: Owner) -> str:
    return str(owner._folder.resolve())


@needs_forks
def test_a_module_that_is_not_there_ends_with_a_traceback_and_the_next_is_served(owner: Owner) -> None:
    asking = owner.ask("no_such_part")
    assert "No module named" in asking.communicate(timeout=60)[1]
    assert asking.returncode == 1
    assert owner.ask().communicate("", timeout=60)[0].startswith("made new")


@needs_forks
def test_the_signal_to_end_is_passed_on_and_told_as_it_ended(owner: Owner) -> None:
    asking, fork = owner.ask_for_one_that_stays()
    asking.terminate()
    assert asking.wait(20) == -signal.SIGTERM
    assert until(lambda: not fork.is_running())
    asking.communicate()


@needs_forks
def test_the_signal_to_end_that_comes_before_the_fork_is_itself_ends_it_all_the_same(late_owner: Owner) -> None:
    asking = late_owner.ask(status=77)
    assert until(lambda: len(late_owner.waiting.children()) == 1)
    asking.terminate()
    assert asking.wait(20) == -signal.SIGTERM
    assert asking.communicate() == ("", "")


@needs_forks
def test_who_asked_dies_as_its_fork_does_and_the_fork_with_who_asked(owner: Owner) -> None:
    asking, fork = owner.ask_for_one_that_stays()
    fork.kill()
    assert asking.wait(20) == -signal.SIGKILL
    asking.communicate()
    asking, fork = owner.ask_for_one_that_stays()
    asking.kill()
    asking.communicate()
    assert until(lambda: not fork.is_running()), "nobody is left who could end it"


@needs_forks
def test_a_fork_outlives_the_owner_and_who_waits_ends_after_it(owner: Owner) -> None:
    asking, fork = owner.ask_for_one_that_stays()
    waiting = owner.waiting
    owner.process.kill()
    owner.process.wait()
    late = owner.ask().communicate("", timeout=60)
    assert late[0].startswith("héllo"), "it is its own process"
    assert asking.poll() is None
    assert fork.is_running()
    asking.terminate()
    assert asking.wait(20) == -signal.SIGTERM
    assert until(lambda: not waiting.is_running())
    asking.communicate()


@needs_forks
def test_when_who_waits_is_killed_its_forks_are_and_their_askers_say_so(owner: Owner) -> None:
    asking, fork = owner.ask_for_one_that_stays()
    owner.waiting.kill()
    assert asking.wait(20) == 1
    assert "was killed" in asking.communicate()[1]
    assert until(lambda: not fork.is_running())


def test_where_nobody_waits_it_becomes_the_module_itself(owner: Owner) -> None:
    alone = owner.ask(ready="")
    assert alone.communicate("", timeout=60) == (f"héllo {asking_folder(owner)} False part \n", "")
    assert alone.returncode == 0
    lost = owner.ask(ready="nobody:secret", status=3)
    said, problems = lost.communicate("", timeout=60)
    assert said.startswith("héllo")
    assert "does not answer" in problems
    assert lost.returncode == 3


@needs_forks
def test_who_does_not_know_the_secret_gets_nothing(owner: Owner) -> None:
    asking = owner.ask(ready=owner.ready[:-1] + ("0" if owner.ready[-1] != "0" else "1"))
    assert asking.communicate("", timeout=60) == ("", "")
    assert asking.returncode == 1


@needs_forks
def test_what_cannot_be_imported_is_said_and_keeps_nobody_from_waiting(owner: Owner) -> None:
    assert owner.ask().communicate("", timeout=60)[0].startswith("made new")
    owner.waiting.kill()
    owner.process.kill()
    assert "not_there cannot be imported now: ModuleNotFoundError" in owner.process.communicate()[1]


@needs_forks
def test_a_process_with_threads_is_not_forked() -> None:
    code = """
import threading, time
from infra.starting.ready import stand_ready
threading.Thread(target=time.sleep, args=(5,), daemon=True).start()
stand_ready([], print)
"""
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert ended.returncode == 1
    assert "before any thread begins" in ended.stderr
