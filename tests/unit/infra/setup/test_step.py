import sys
from pathlib import Path

import pytest

from infra.setup.step import StepFailed, run_step


def test_says_what_it_did_and_logs_the_rest(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run_step("greeting", [sys.executable, "-c", "print('hello')"], tmp_path / "log")
    assert "setup: greeting:" in capsys.readouterr().err
    assert "hello" in (tmp_path / "log").read_text()


def test_failure_shows_the_end_of_its_own_output(tmp_path: Path) -> None:
    log = tmp_path / "log"
    run_step("greeting", [sys.executable, "-c", "print('earlier step')"], log)
    program = "import sys\nfor i in range(100): print('line', i)\nsys.exit(3)"
    with pytest.raises(StepFailed) as failure:
        run_step("resolving", [sys.executable, "-c", program], log)
    message = str(failure.value)
    assert "resolving failed (status 3)" in message
    assert "line 99" in message
    assert "line 10\n" not in message
    assert "earlier step" not in message
    assert str(log) in message
