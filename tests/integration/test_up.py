"""`keepsharp up` for real, on free ports and a fresh home: all of it answers, and nothing is left behind."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from infra.installation import free_port
from services.cli.main import run

pytestmark = pytest.mark.slow


class Running:
    """One `keepsharp up`, its family of processes, and what it says."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        words = ["--home", str(folder / "home"), "--json"]
        for option in ("--port", "--mlflow-port", "--prefect-port"):
            words += [option, str(free_port())]
        environment = {name: value for name, value in os.environ.items() if not name.startswith(("PREFECT", "MLFLOW"))}
        self.log = folder / "log"
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "services.cli", "up", *words],
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                cwd=folder,  # not where our sources lie
                env=environment,
            )
        assert self.process.stdout is not None
        said = self.process.stdout.readline()
        assert said, self.log.read_text()
        self.where: dict[str, str] = json.loads(said)

    def __enter__(self) -> Running:
        return self

    def __exit__(self, *_: object) -> None:
        assert self.process.stdout is not None
        with self.process.stdout:
            if self.process.poll() is None:
                self.end()

    def family(self) -> list[psutil.Process]:
        found: list[psutil.Process] = psutil.Process(self.process.pid).children(recursive=True)
        return found

    def end(self) -> tuple[int, list[psutil.Process]]:
        """(exit status, what still runs)."""
        family = self.family()
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(60), self.left(family)

    def left(self, family: list[psutil.Process]) -> list[psutil.Process]:
        alive: list[psutil.Process] = psutil.wait_procs(family, timeout=20)[1]
        return alive


@pytest.fixture(scope="module")
def up(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with Running(tmp_path_factory.mktemp("up") / "one") as running:
        yield running


def ask(url: str) -> str:
    with urllib.request.urlopen(url, timeout=30) as answer:
        assert answer.status == 200
        text: str = answer.read().decode()
        return text


@pytest.mark.xdist_group("up")
class TestUp:
    """In order: it answers, a port in use is noticed, Ctrl-C ends it, and a death ends it too."""

    def test_everything_answers_once_it_says_so(self, up: Running) -> None:
        assert "Nothing to look after yet" in ask(up.where["dashboard"])
        assert json.loads(ask(up.where["api"])) == {"items": []}
        assert "MLflow" in ask(up.where["mlflow"])
        assert "Prefect" in ask(up.where["prefect"])
        assert json.loads(ask(f"{up.where['prefect']}/api/health")) is True

    def test_a_port_in_use_is_said_before_anything_starts(
        self, up: Running, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        taken = up.where["dashboard"].rpartition(":")[2]
        free = ["--mlflow-port", str(free_port()), "--prefect-port", str(free_port())]
        assert run(["up", "--home", str(tmp_path / "other"), "--port", taken, *free]) == 1
        assert f"port {taken}, for the API and the dashboard" in capsys.readouterr().err
        assert not (tmp_path / "other").exists()

    def test_interrupting_leaves_nothing(self, up: Running) -> None:
        assert len(up.family()) >= 8, "four programs and their guards"
        assert up.end() == (0, [])
        assert "Traceback" not in up.log.read_text()

    def test_the_death_of_one_ends_all_and_is_named(self, up: Running) -> None:
        with Running(up.log.parent.parent / "two") as again:
            family = again.family()
            (api,) = [one for one in family if "serve" in one.cmdline() and "guard.py" not in " ".join(one.cmdline())]
            api.kill()
            assert again.process.wait(60) == 1
            assert again.left(family) == []
        assert "api ended with status 137, so everything was ended" in again.log.read_text()


def test_every_port_in_use_is_named_at_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as one, socket.socket() as two:
        words = ["up", "--home", str(tmp_path / "home"), "--prefect-port", str(free_port())]
        for taken, option in ((one, "--port"), (two, "--mlflow-port")):
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            words += [option, str(taken.getsockname()[1])]
        assert run(words) == 1
    said = capsys.readouterr().err
    assert "another with --port" in said
    assert "another with --mlflow-port" in said


def test_flows_without_a_server_say_what_is_missing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("PREFECT_API_URL", raising=False)
    assert run(["flows"]) == 2
    assert "PREFECT_API_URL" in capsys.readouterr().err
    monkeypatch.setenv("PREFECT_API_URL", f"http://127.0.0.1:{free_port()}/api")
    assert run(["flows"]) == 1
    assert "Prefect does not answer" in capsys.readouterr().err
