from __future__ import annotations

import os
import subprocess
import sys

import pytest

from infra.holders import is_gone, this_holder


def test_this_process_is_there_and_each_name_is_new() -> None:
    one, two = this_holder("retrain"), this_holder("retrain")
    assert one != two
    assert not is_gone(one)


def test_a_process_that_ended_is_gone_even_before_its_parent_noticed() -> None:
    script = "from infra.holders import this_holder; print(this_holder('x'), flush=True); input()"
    pipe = subprocess.PIPE
    with subprocess.Popen([sys.executable, "-c", script], stdin=pipe, stdout=pipe, text=True) as process:
        assert process.stdout is not None
        holder = process.stdout.readline().strip()
        assert not is_gone(holder)
        process.kill()
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)  # it is dead, and its parent has not taken notice
        assert is_gone(holder)
    assert is_gone(holder)


@pytest.mark.parametrize(
    "change",
    [
        lambda parts: ["elsewhere", *parts[1:]],
        lambda parts: [*parts[:2], "?", *parts[3:]],
        lambda parts: parts[:2],
        lambda parts: [parts[0], "one", *parts[2:]],
    ],
    ids=["another machine", "an unknown beginning", "another kind of name", "no number"],
)
def test_of_whom_nothing_can_be_known_is_not_gone(change: object) -> None:
    parts = this_holder("x").split(":")
    parts[1] = "999999999"
    assert is_gone(":".join(parts))
    assert not is_gone(":".join(change(parts)))  # type: ignore[operator]  # parametrised


def test_a_number_used_again_is_another_process() -> None:
    parts = this_holder("x").split(":")
    parts[2] = "1"
    assert is_gone(":".join(parts))
