from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from benchmarks import running
from benchmarks.monitoring.drift_alarms import shifted, stationary
from benchmarks.monitoring.frames import KINDS, frame
from benchmarks.monitoring.parts import Asked, Found
from benchmarks.monitoring.peers.asking import ask
from benchmarks.monitoring.speed import judge, numpy_exact
from benchmarks.serving.figures import Figure
from infra.domain.errors import Unavailable
from monitoring.profiles import profile_reference


def test_the_plain_calculation_gives_our_scores() -> None:
    rng = np.random.default_rng(0)
    reference, current = frame(11_000, rng), frame(11_000, rng, shift=0.02)
    report = judge(profile_reference(reference, KINDS), [current.iloc[:5_000], current.iloc[5_000:]])
    ours = {column.column: column.score for column in report.columns}
    assert ours == pytest.approx(numpy_exact(reference, current), abs=1e-5)  # SciPy sums what we approximate


def test_alarms_are_counted_where_something_moved_and_nowhere_else() -> None:
    rng = np.random.default_rng(0)
    clean = stationary(5, rng)
    assert (clean.windows, clean.drifted, clean.alerts) == (5, 0, 0)
    assert shifted(0.5, 500, rng)
    assert not shifted(0.01, 20_000, rng, columns=10)


def test_a_missed_target_is_the_exit_status_and_figures_are_printed(
    capsys: pytest.CaptureFixture[str],
) -> None:
    def part(asked: Asked) -> Found:
        value = 0.5 if asked.quick else 2.0
        return Found(figures=(Figure(name="f", value=value, unit="s", sign="<=", bound=1.0),))

    def main(*words: str) -> int:
        return running.main("monitoring", {"one": part}, packages=("numpy",), about="", arguments=words)

    assert main("--quick", "--json", "--parts", "one") == 0
    assert json.loads(capsys.readouterr().out)["figures"][0]["holds"] is True
    assert main("--parts", "one") == 1
    assert "| f | 2 | s | <= 1 | **no** |" in capsys.readouterr().out
    assert main("--parts", "other") == 2


def test_a_peer_that_is_not_installed_is_said_to_be_so(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="--install-peers"):
        ask("nannyml", "nannyml_drift", 1, 10_000, folder=tmp_path)


def test_the_last_line_of_a_peers_program_is_what_it_found(tmp_path: Path) -> None:
    watching = tmp_path / "river" / "bin"
    watching.mkdir(parents=True)
    (watching / "python").write_text("#!/bin/sh\necho progress\necho '{\"alarms\": 3}'\n", encoding="utf-8")
    (watching / "python").chmod(0o755)
    assert ask("river", "river_adwin", 2, 1, folder=tmp_path) == {"alarms": 3}
