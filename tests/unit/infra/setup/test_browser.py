from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from infra.setup import browser
from infra.setup.browser import Way, apt, ensure_browser, fetched


@pytest.fixture
def nowhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A machine without a browser and without apt-get; programs are looked for in the folder."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path))
    return tmp_path


def put(path: Path, script: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


def test_without_any_way_it_is_said_loudly_and_nothing_fails(
    nowhere: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.executable", str(nowhere / "python"))
    ensure_browser(nowhere / "log")
    said = capsys.readouterr().err
    assert "BROWSER TESTS WILL BE SKIPPED" in said
    assert "apt-get install chromium" in said


def test_a_browser_that_is_there_is_left_alone(nowhere: Path, capsys: pytest.CaptureFixture[str]) -> None:
    put(nowhere / "chromium", "exit 0")
    ensure_browser(nowhere / "log")
    assert capsys.readouterr() == ("", "")
    assert not (nowhere / "log").exists()


def test_playwrights_own_is_found_and_taken_when_it_starts(
    nowhere: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.executable", str(nowhere / "python"))
    theirs = nowhere / ".cache/ms-playwright/chromium-7/chrome-linux/chrome"
    (theirs.parent).mkdir(parents=True)
    put(nowhere / "playwright", f"echo '#!/bin/sh' > {theirs}; /bin/chmod +x {theirs}")
    ensure_browser(nowhere / "log")
    assert "Chromium by Playwright" in capsys.readouterr().out
    assert browser.find_browser() == str(theirs)


def test_a_browser_that_does_not_start_is_none(nowhere: Path) -> None:
    put(nowhere / "chromium", "exit 127")
    assert browser.find_browser() is None
    assert not fetched(apt([]), lambda _command, _seconds: True)


@pytest.mark.parametrize(("failing", "ran"), [("update", 1), ("--download-only", 2), ("--no-download", 3)])
def test_a_step_that_fails_ends_the_way(nowhere: Path, failing: str, ran: int) -> None:
    put(nowhere / "chromium", "exit 0")
    commands: list[Sequence[str]] = []

    def run(command: Sequence[str], _seconds: int) -> bool:
        commands.append(command)
        return failing not in command

    assert not fetched(apt(["sudo", "-n"]), run)
    assert len(commands) == ran
    assert all(command[:2] == ["sudo", "-n"] for command in commands[:3])


def test_what_takes_too_long_is_given_up(nowhere: Path) -> None:
    log = nowhere / "log"
    slow = Way("slow", [(["/bin/sleep", "30"], 1)])
    assert not fetched(slow, lambda command, seconds: browser._succeeds(command, seconds, log))
    assert "timed out" in log.read_text()
