"""A promotion killed at some of its steps, with MLflow away; `benchmarks.decisions.killed_promotions` does all."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

SCRIPT = """
import json
from dataclasses import asdict
from benchmarks.decisions.killed_promotions import kill_at_steps
steps, found, expected = kill_at_steps(5, "http://127.0.0.1:9")
print(json.dumps([steps, [asdict(one) for one in found], asdict(expected)]))
"""


@pytest.mark.slow
def test_a_kill_at_any_step_leaves_one_champion_and_the_next_process_ends_it() -> None:
    done = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=False, timeout=280)
    assert done.returncode == 0, done.stderr
    steps, found, expected = json.loads(done.stdout.splitlines()[-1])
    assert steps > 20
    assert expected["version"] == 2
    for kill in found:
        assert (kill["at_once"]["champions"], kill["at_once"]["whole"]) == (1, True), kill["where"]
        assert kill["afterwards"] == expected, kill["where"]
        assert (kill["serving"], kill["run"]) == (expected["sha256"], "succeeded"), kill["where"]
