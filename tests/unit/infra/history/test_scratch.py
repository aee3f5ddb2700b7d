"""What a reading leaves beside the home is removed: by itself, or where it was killed by the next one."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from infra.history import scratch
from infra.history.scratch import scratch_folder
from infra.settings import Settings

HOLDING = """
import sys, time
from pathlib import Path
from infra.history.scratch import scratch_folder
from infra.settings import Settings
with scratch_folder(Settings(home=Path(sys.argv[1]))) as folder:
    (folder / "column-0").write_bytes(b"1")
    print(folder, flush=True)
    time.sleep(600)
"""


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "home")


def left(beside: Path) -> list[str]:
    return sorted(folder.name for folder in beside.iterdir())


def test_a_folder_is_there_while_it_is_read_and_gone_afterwards(settings: Settings, tmp_path: Path) -> None:
    with scratch_folder(settings) as folder:
        (folder / "column-0").write_bytes(b"1")
        assert left(tmp_path) == [folder.parent.name]
    assert left(tmp_path) == []


def test_the_folder_of_a_reading_that_lives_stays_and_goes_once_it_was_killed(
    settings: Settings, tmp_path: Path
) -> None:
    other = subprocess.Popen([sys.executable, "-c", HOLDING, str(settings.home)], stdout=subprocess.PIPE, text=True)
    try:
        assert other.stdout is not None
        held = Path(other.stdout.readline().strip())
        with scratch_folder(settings) as own:
            assert (held / "column-0").exists()
            assert own != held
    finally:
        other.kill()
        other.communicate()
    assert held.exists()
    with scratch_folder(settings) as own:
        assert left(tmp_path) == [own.parent.name]
    assert left(tmp_path) == []


def test_two_readings_of_one_process_do_not_remove_each_others(settings: Settings) -> None:
    with scratch_folder(settings) as one, scratch_folder(settings) as other:
        assert one.is_dir()
        assert other.is_dir()


def test_a_folder_that_was_taken_for_one_that_is_left_is_made_anew(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another reading comes between the making of the folder and its lock."""
    made: list[str] = []

    def taken_once(**asked: object) -> str:
        made.append(str(tmp_path / f".keepsharp-reading-{len(made)}"))
        Path(made[-1]).mkdir()
        if len(made) == 1:
            scratch.remove_left(tmp_path)
        return made[-1]

    monkeypatch.setattr(scratch, "mkdtemp", taken_once)
    with scratch_folder(settings) as folder:
        assert str(folder.parent) == made[1]
        assert left(tmp_path) == [folder.parent.name]


def test_what_is_no_folder_is_left_alone(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / ".keepsharp-reading-notes").write_text("mine")
    with scratch_folder(settings):
        pass
    assert left(tmp_path) == [".keepsharp-reading-notes"]
