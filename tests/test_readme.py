"""What the README shows is true.

| block | what is done |
|---|---|
| `yaml` | a model file (it names a `model`) is parsed as one; anything else must be YAML |
| `json` | must be JSON |
| `python` | is run in an empty folder, in a process of its own, beside a service that serves a model `weather` |
| `console`, `bash`, `sh` | each command: see below |
| `text`, `mermaid`, none | nothing: they are pictures and output |

Quick commands (`--help`, `--version`, `init`, and `check` of a data file that is here) are run, must exit with 0, and
must print every line shown below them (`…` stands for anything). Others are too long to run here and are checked by
form: `make` for its target, `keepsharp` for its command and options, `curl` for its route. Commands that are not ours
are only known by name.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import numpy as np
import pandas as pd
import pytest
import typer
import yaml

from flows.desk import Desk
from flows.retraining.retrain import train_first
from flows.training.examples import Examples
from infra.memory import memory_ports
from infra.ports import RegisteredModel
from infra.settings import Settings
from infra.spec import parse_spec
from services.cli.main import build_app
from services.inference.app import create_app
from tests.builders import START
from tests.integration.listening import listening
from tests.readme_blocks import Block, Command, blocks, commands

ROOT = Path(__file__).parent.parent
README = ROOT / "README.md"
QUICK = {"init", "--version", "--help"}
NOT_OURS = {"git", "cd", "docker", "export", "source"}
UNCHECKED = {"", "text", "mermaid"}
SHELLS = ("console", "bash", "sh")
DATA = (ROOT / "../shared/data").resolve()


def every_block() -> list[Block]:
    return blocks(README.read_text(encoding="utf-8"))


def every_command() -> Iterator[tuple[Block, Command]]:
    for block in every_block():
        if block.language in SHELLS:
            for command in commands(block):
                yield block, command


def is_quick(command: Command) -> bool:
    if command.program != "keepsharp":
        return False
    return bool(QUICK & set(command.words)) or ("check" in command.words and has_data(command))


def has_data(command: Command) -> bool:
    """Whether the file that `--data` names is on this machine."""
    words = (*command.words, "")
    return "--data" in words and (DATA / words[words.index("--data") + 1]).is_file()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An empty folder with the examples in it, as a clone has them, and the public data where they are here."""
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    for path in DATA.glob("*.*"):
        (tmp_path / path.name).symlink_to(path)
    return tmp_path


def run(words: list[str], folder: Path, *variables: tuple[str, str]) -> str:
    """What it prints; it must exit with 0."""
    environment = os.environ | {"KEEPSHARP_HOME": str(folder / ".keepsharp"), "KEEPSHARP_DATA_DIR": str(DATA)}
    done = subprocess.run(
        words,
        capture_output=True,
        text=True,
        check=False,
        cwd=folder,
        env=environment | {"PYTHONPATH": str(ROOT), "COLUMNS": "200"} | dict(variables),
        timeout=120,
    )
    assert done.returncode == 0, f"{words} ended with {done.returncode}:\n{done.stdout}{done.stderr}"
    return done.stdout + done.stderr


def test_every_block_is_of_a_language_that_is_checked_here() -> None:
    known = {"yaml", "json", "python", *SHELLS, *UNCHECKED}
    assert {block.language: block.line for block in every_block() if block.language not in known} == {}


def test_model_files_are_accepted() -> None:
    for block in every_block():
        if block.language == "yaml":
            content = yaml.safe_load(block.text)
            if isinstance(content, dict) and "model" in content:
                parse_spec(block.text, f"README.md, line {block.line}")


def test_json_is_json() -> None:
    for block in every_block():
        if block.language == "json":
            json.loads(block.text)


WEATHER = ("temp", "dewpoint", "sealevel_pressure", "visibility", "avg_wind", "max_wind", "max_temp", "min_temp")


@pytest.fixture
def service(tmp_path: Path) -> Iterator[str]:
    """The address of a running service that serves `weather`, trained on rain that follows the dew point."""
    text = "{model: weather, task: classification, data: {source: weather.csv, target: rain}, learner: {epochs: 3}}"
    desk = Desk(spec=parse_spec(text, "test"), folder=tmp_path, ports=memory_ports(tmp_path))
    desk.ports.models.save(
        RegisteredModel(name="weather", spec_yaml=text, spec_folder=str(tmp_path), registered_at=START)
    )
    values = np.random.default_rng(0).normal(size=(300, len(WEATHER)))
    history = Examples(
        frame=pd.DataFrame(values, columns=list(WEATHER)),
        target=tuple("1" if dewpoint > 0 else "0" for dewpoint in values[:, 1]),
        times=tuple(START + timedelta(days=day) for day in range(300)),
        ids=tuple(f"day-{day}" for day in range(300)),
        seqs=(0,) * 300,
    )
    train_first(desk, history, dict.fromkeys(WEATHER, "numeric"), now=history.times[-1])
    with listening(desk.ports, tmp_path) as url:
        yield url


def test_python_runs(folder: Path, service: str) -> None:
    for block in every_block():
        if block.language == "python":
            run([sys.executable, "-c", block.text], folder, ("KEEPSHARP_URL", service))


def test_quick_commands_run_and_print_what_is_shown(folder: Path) -> None:
    for block, command in every_command():
        if is_quick(command):
            words = [str(Path(sys.executable).with_name("keepsharp")), *command.words[1:]]
            printed = run(words, folder, *command.environment)
            for line in command.shown:
                assert prints(line, printed), f"line {block.line}: `{command}` does not print {line!r}, but\n{printed}"


def prints(line: str, printed: str) -> bool:
    """Whether a line shown occurs in what was printed, `…` standing for anything and any space for any other."""
    parts = [r"\s+".join(map(re.escape, part.split())) for part in line.split("…")]
    return re.search(".*".join(parts), printed) is not None


def test_every_other_command_exists_with_its_options() -> None:
    for _, command in every_command():
        if not is_quick(command):
            check_form(command)


def check_form(command: Command) -> None:
    """Ours must exist as written; others are known by name."""
    checks = {"make": check_make, "keepsharp": check_keepsharp, "curl": check_curl}
    program = Path(command.program).name
    assert program in checks or program in NOT_OURS, f"`{command}`: say in tests/test_readme.py how it is checked"
    if program in checks:
        checks[program](command)


def check_make(command: Command) -> None:
    targets = re.findall(r"^([a-z]+):.*## ", (ROOT / "Makefile").read_text(), re.MULTILINE)
    asked = [word for word in command.words[1:] if "=" not in word and not word.startswith("-")]
    assert set(asked) <= set(targets), f"`{command}`: the Makefile has {targets}"


def check_keepsharp(command: Command) -> None:
    group: Any = typer.main.get_command(build_app())
    name = command.words[1]
    assert name in group.commands, f"`{command}`: there is no command {name!r}"
    accepted = {option for parameter in group.commands[name].params for option in parameter.opts} | {"--help"}
    options = {word.partition("=")[0] for word in command.words[2:] if word.startswith("-")}
    assert options <= accepted, f"`{command}`: {name} has no {sorted(options - accepted)}"


def check_curl(command: Command) -> None:
    paths = create_app(memory_ports(ROOT), Settings()).openapi()["paths"]
    (address,) = [word for word in command.words if word.startswith(("http://", "localhost", "127.0.0.1"))]
    asked = urlsplit(address if "://" in address else f"http://{address}").path
    shapes = [re.sub(r"\{[^}]+\}", "[^/]+", path) for path in paths]
    assert any(re.fullmatch(shape, asked) for shape in shapes), f"`{command}`: no route is {asked}"


SAMPLE = """# Page

```console
$ keepsharp --version
keepsharp …
$ KEEPSHARP_HOME=here keepsharp replay examples/electricity/model.yaml \\
    --json   # long
```

```bash
# set up
make demo
```
"""


def test_blocks_and_commands_are_found_with_what_is_shown_below_them() -> None:
    found = blocks(SAMPLE)
    assert [(block.language, block.line) for block in found] == [("console", 4), ("bash", 11)]
    version, replay = commands(found[0])
    assert (version.words, version.shown) == (("keepsharp", "--version"), ("keepsharp …",))
    assert replay.words == ("keepsharp", "replay", "examples/electricity/model.yaml", "--json")
    assert replay.environment == (("KEEPSHARP_HOME", "here"),)
    assert [str(command) for command in commands(found[1])] == ["make demo"]


WRONG = [
    "make nothing",
    "keepsharp fly",
    "keepsharp replay model.yaml --faster",
    "curl http://127.0.0.1:8000/v1/nothing/here",
    "rm -rf everything",
]


@pytest.mark.parametrize("line", WRONG)
def test_a_command_that_does_not_exist_is_noticed(line: str) -> None:
    (command,) = commands(Block(language="bash", text=line, line=1))
    with pytest.raises(AssertionError):
        check_form(command)


RIGHT = [
    "make demo",
    "make setup TORCH=cuda",
    "keepsharp replay examples/electricity/model.yaml --data elec2.csv.gz --json",
    "curl -s http://127.0.0.1:8000/v1/models/electricity/windows",
    "git clone somewhere",
]


@pytest.mark.parametrize("line", RIGHT)
def test_a_command_that_exists_is_accepted(line: str) -> None:
    (command,) = commands(Block(language="bash", text=line, line=1))
    check_form(command)
