"""One retraining at a time, by real processes: ten at once, one that is killed, one that is paused past its lease."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from tests.integration.one_at_a_time import KILLED_IN_EPOCH, RACERS


def told(*words: str) -> dict[str, Any]:
    command = [sys.executable, "-W", "error", "-m", "tests.integration.one_at_a_time", *words]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=280)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def one_run_of_ten(raced: dict[str, Any]) -> None:
    said = Counter(raced["said"])
    assert said["trained"] == 1
    assert said["refused"] + said["nothing"] == RACERS - 1
    assert raced["runs"] == ["succeeded"]
    assert raced["triggers"] == ["done"] * RACERS


@pytest.mark.slow
def test_ten_make_one_run_a_killed_one_goes_on_and_a_paused_one_changes_nothing(tmp_path: Path) -> None:
    found = told(str(tmp_path))
    one_run_of_ten(found["raced"])
    goes_on_to_the_same_weights(found["undisturbed"], found["killed"])
    changes_nothing_any_more(found["paused"])


@pytest.mark.slow
@pytest.mark.postgres
def test_ten_triggers_at_once_make_one_run_on_postgresql(
    postgres_url: str, postgres_engine: Engine, tmp_path: Path
) -> None:
    one_run_of_ten(told(str(tmp_path), postgres_url)["raced"])


def goes_on_to_the_same_weights(undisturbed: dict[str, Any], kills: list[dict[str, Any]]) -> None:
    assert (undisturbed["said"], undisturbed["checkpoints"]) == ("promote 2", False)
    for killed, epoch in zip(kills, KILLED_IN_EPOCH, strict=True):
        assert (killed["between"]["runs"], killed["between"]["segments"]) == (["crashed"], [1])
        assert killed["between"]["triggers"] == ["accepted"]
        assert 1 < int(killed["first"].removeprefix("epoch ")) <= epoch + 1  # gone on with, not begun anew
        assert killed["sha256"] == undisturbed["sha256"]
        assert (killed["said"], killed["versions"], killed["runs"]) == ("promote 2", [1, 2], ["succeeded"])
        assert (killed["crashes"], killed["triggers"], killed["checkpoints"]) == ([1], ["done"], False)
        assert killed["segments"] == [2]  # what the killed process had spent, and what the second did


def changes_nothing_any_more(paused: dict[str, Any]) -> None:
    assert paused["early"].startswith("Refused: 'stream' is being worked on")
    assert paused["late"] == "promote 2"
    assert paused["woken"].startswith("Refused: the lease")
    before, after = paused["before"], paused["after"]
    changed = {name for name in after if after[name] != before[name]}
    assert changed <= {"segments", "checkpoints"}  # what it really spent, and an epoch that it had in hand
    assert (after["versions"], after["champion"], after["runs"]) == ([1, 2], 2, ["succeeded"])
