"""A training killed with SIGKILL is gone on with by a new process, to the same bundle."""

from __future__ import annotations

import pytest

from benchmarks.training.kill import sha256_after_kill, sha256_of_training
from benchmarks.training.victim import STEPS


@pytest.mark.slow
def test_killed_training_ends_in_the_same_bundle() -> None:
    resumed, had_checkpoint = sha256_after_kill(2 * STEPS // 3)
    assert had_checkpoint
    assert resumed == sha256_of_training(None)
