"""Children and supervisor with real processes: nothing is left behind, however we end."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from infra.domain.errors import Unavailable
from infra.processes import Child, await_answer
from infra.supervisor import Supervisor

PYTHON = sys.executable
STUBBORN = (
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); time.sleep(600)"
)
POLITE = "import time; print('up', flush=True); time.sleep(600)"
# a program whose own child runs in another session, where no signal to the group reaches it
TREE = (
    "import subprocess, sys, time; "
    f"p = subprocess.Popen([sys.executable, '-c', {POLITE!r}], start_new_session=True); "
    "print(p.pid, flush=True); time.sleep(600)"
)


def _gone(pid: int, seconds: float = 20) -> bool:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE:
            return True
        time.sleep(0.05)
    return False


def _first_line(child: Child) -> str:
    assert child.output is not None
    return child.output.readline().decode().strip()


def test_status_is_the_programs_own() -> None:
    assert Child("three", [PYTHON, "-c", "raise SystemExit(3)"]).wait(20) == 3


def test_killed_program_shows_its_signal() -> None:
    assert Child("killed", [PYTHON, "-c", "import os; os.kill(os.getpid(), 9)"]).wait(20) == 128 + signal.SIGKILL


def test_program_that_does_not_exist_says_so() -> None:
    with Child("missing", ["no-such-program"], output=subprocess.PIPE) as child:
        assert _first_line(child) == "no-such-program cannot be started: No such file or directory"
        assert child.wait(20) == 127


def test_environment_and_folder_are_the_callers(tmp_path: Path) -> None:
    program = "import os; print(os.environ['COLOUR'], os.getcwd())"
    child = Child(
        "env", [PYTHON, "-c", program], environment={"COLOUR": "red"}, folder=tmp_path, output=subprocess.PIPE
    )
    with child:
        assert _first_line(child) == f"red {tmp_path}"


def test_polite_program_ends_when_asked() -> None:
    with Child("polite", [PYTHON, "-c", POLITE], output=subprocess.PIPE) as child:
        assert _first_line(child) == "up"
        assert child.running
        assert child.stop() == 128 + signal.SIGTERM
    assert not child.running


def test_stubborn_program_is_killed() -> None:
    with Child("stubborn", [PYTHON, "-c", STUBBORN], output=subprocess.PIPE, grace_seconds=0.2) as child:
        assert _first_line(child) == "up"
        assert child.stop() == 128 + signal.SIGKILL


def test_what_the_program_started_ends_with_it() -> None:
    with Child("tree", [PYTHON, "-c", TREE], output=subprocess.PIPE) as child:
        grandchild = int(_first_line(child))
        assert psutil.pid_exists(grandchild)
    assert _gone(grandchild)


def test_killing_us_leaves_no_orphan() -> None:
    us = (
        "import sys; from infra.processes import Child; import time\n"
        f"Child('tree', [sys.executable, '-c', {TREE!r}], grace_seconds=0.2)\n"
        "time.sleep(600)"
    )
    parent = subprocess.Popen([PYTHON, "-c", us], stdout=subprocess.PIPE, cwd=os.getcwd())
    assert parent.stdout is not None
    with parent.stdout:
        grandchild = int(parent.stdout.readline())
        family = [process.pid for process in psutil.Process(parent.pid).children(recursive=True)]
        assert grandchild in family
        parent.kill()
        parent.wait()
    assert all(_gone(pid) for pid in family)


def test_killing_the_guard_ends_the_program() -> None:
    before = set(psutil.Process().children())  # other tests of this process may keep servers
    child = Child("guarded", [PYTHON, "-c", POLITE], output=subprocess.PIPE)
    with child:
        _first_line(child)
        (guard,) = set(psutil.Process().children()) - before
        (program,) = guard.children()
        guard.kill()
        assert _gone(program.pid)


def test_waiting_for_an_answer_notices_that_the_program_ended() -> None:
    with Child("brief", [PYTHON, "-c", "raise SystemExit(5)"]) as child, pytest.raises(Unavailable, match="status 5"):
        await_answer(child, "http://127.0.0.1:9/", 20)


def test_who_waits_in_vain_is_told_where_the_log_lies(tmp_path: Path) -> None:
    told = r"what it said is in .*deaf\.log; where the machine was busy, try again"
    with (
        (tmp_path / "deaf.log").open("wb") as log,
        Child("deaf", [PYTHON, "-c", POLITE], output=log) as child,
        pytest.raises(Unavailable, match=told),
    ):
        await_answer(child, "http://127.0.0.1:9/", 0.2)


def test_waiting_for_an_answer_gives_up() -> None:
    with Child("deaf", [PYTHON, "-c", POLITE]) as child, pytest.raises(Unavailable, match="deaf did not serve"):
        await_answer(child, "http://127.0.0.1:9/", 0.2)


def test_one_log_with_names() -> None:
    log = io.StringIO()
    with Supervisor(log) as supervisor:
        supervisor.start("first", [PYTHON, "-c", POLITE])
        supervisor.start("second", [PYTHON, "-c", "print('one'); print('two'); raise SystemExit(4)"])
        ended = supervisor.run()
    assert ended is not None
    assert (ended.name, ended.wait()) == ("second", 4)
    assert "second   | one\nsecond   | two\n" in log.getvalue()


def test_all_stop_when_one_ends() -> None:
    with Supervisor(io.StringIO()) as supervisor:
        others = [supervisor.start(name, [PYTHON, "-c", POLITE]) for name in ("api", "mlflow")]
        supervisor.start("brief", [PYTHON, "-c", "pass"])
        supervisor.run()
    assert not any(child.running for child in others)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_signal_stops_everything(number: signal.Signals) -> None:
    us = (
        "import sys; from infra.supervisor import Supervisor\n"
        "with Supervisor(sys.stdout) as supervisor:\n"
        f"    for name in ('api', 'mlflow'): supervisor.start(name, [sys.executable, '-c', {POLITE!r}])\n"
        "    assert supervisor.run() is None\n"
        "print('all stopped')"
    )
    parent = subprocess.Popen([PYTHON, "-c", us], stdout=subprocess.PIPE, text=True, cwd=os.getcwd())
    assert parent.stdout is not None
    with parent.stdout:
        assert {parent.stdout.readline() for _ in range(2)} == {"api      | up\n", "mlflow   | up\n"}
        family = [process.pid for process in psutil.Process(parent.pid).children(recursive=True)]
        assert len(family) == 4
        parent.send_signal(number)
        assert parent.stdout.read() == "all stopped\n"
    assert parent.wait() == 0
    assert all(_gone(pid) for pid in family)


def test_a_process_that_asked_for_it_ends_at_once_with_143_on_sigterm_as_the_first_of_a_container_would_not() -> None:
    """A status of -15 would be the system's doing, which spares the first process of a container."""
    program = (
        "import time; from infra.processes import end_when_told; end_when_told(); print('up', flush=True); "
        "time.sleep(600)"
    )
    with subprocess.Popen(
        [PYTHON, "-c", program], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "up\n"
        process.terminate()
        _, said = process.communicate(timeout=30)
    assert process.returncode == 143
    assert said == ""
