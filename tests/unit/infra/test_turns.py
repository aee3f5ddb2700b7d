from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from infra.turns import Turns

_GREEDY = """
import sys, time
from pathlib import Path
from infra.turns import Turns
turns, count = Turns(Path(sys.argv[1])), Path(sys.argv[2])
number = 0
while True:  # it writes without a pause
    with turns.taken(None):
        number += 1
        count.write_text(str(number))
        time.sleep(0.005)
"""


@pytest.fixture
def greedy(tmp_path: Path) -> subprocess.Popen[bytes]:
    count = tmp_path / "count"
    process = subprocess.Popen([sys.executable, "-c", _GREEDY, str(tmp_path / "k.db"), str(count)])
    while not count.exists() or not count.read_text():
        assert process.poll() is None
        time.sleep(0.01)
    return process


def test_who_waits_is_next_however_greedy_another_process_is(greedy: subprocess.Popen[bytes], tmp_path: Path) -> None:
    turns, count = Turns(tmp_path / "k.db"), tmp_path / "count"
    overtaken = []
    for _ in range(20):
        before = int(count.read_text() or 0)
        with turns.taken(10.0) as is_ours:
            assert is_ours
            overtaken.append(int(count.read_text()) - before)
    greedy.kill()
    greedy.wait()
    assert sorted(overtaken)[len(overtaken) // 2] <= 3


def test_a_holder_that_is_killed_keeps_nobody(greedy: subprocess.Popen[bytes], tmp_path: Path) -> None:
    os.kill(greedy.pid, signal.SIGSTOP)
    time.sleep(0.01)
    greedy.kill()
    greedy.wait()
    with Turns(tmp_path / "k.db").taken(5.0) as is_ours:
        assert is_ours


def test_patience_ends_and_leaves_the_queue_to_others(tmp_path: Path) -> None:
    one, two, three = (Turns(tmp_path / "k.db") for _ in range(3))
    with one.taken(None) as first:
        assert first
        with two.taken(0.02) as second:
            assert not second
    with three.taken(0.0) as third:
        assert third
    with two.taken(0.0) as again:
        assert again
    for turns in (one, two, three):
        turns.close()


def test_threads_of_one_process_queue_as_well(tmp_path: Path) -> None:
    turns = Turns(tmp_path / "k.db")
    with turns.taken(None), turns.taken(0.01) as second:
        assert not second


def test_where_no_file_can_be_made_it_is_left_to_sqlite(tmp_path: Path) -> None:
    with Turns(tmp_path / "nowhere" / "k.db").taken(1.0) as is_ours:
        assert is_ours
