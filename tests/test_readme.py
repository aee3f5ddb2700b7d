"""What the README shows is true, and the reference in `docs/reference/` is what the code says.

| block | what is done |
|---|---|
| `yaml` | a model file (it names a `model`) is parsed as one; anything else must be YAML |
| `json` | must be JSON |
| `python` | is run in a process of its own, beside a service that serves a model `press` |
| `console`, `bash`, `sh` | each command: see below |
| `text`, `mermaid`, none | nothing: they are pictures and output |

All blocks are gone through in their order, in one folder that begins empty but for the examples. Quick commands
(`--help`, `--version`, `init`, `check` of data that is here, `curl`, `python examples/…`) are run, must exit with 0,
and must print every line shown below them (`…` stands for anything). Others are too long to run here and are checked by
form: `make` for its target, `keepsharp` for its command and options. Commands that are not ours are only known by name.
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

import numpy as np
import pandas as pd
import pytest
import yaml

from flows.desk import Desk
from flows.retraining.retrain import train_first
from flows.training.examples import Examples
from infra.memory import memory_ports
from infra.model.columns import ColumnKind
from infra.ports import RegisteredModel
from infra.spec import parse_spec
from tests.builders import START
from tests.integration.listening import listening
from tests.page_checks import SHELLS, UNCHECKED, check_form
from tests.readme_blocks import Block, Command, blocks, commands
from tests.reference.pages import written

ROOT = Path(__file__).parent.parent
README = ROOT / "README.md"
QUICK = {"init", "--version", "--help"}
DATA = (ROOT / "../shared/data").resolve()


def every_block() -> list[Block]:
    return blocks(README.read_text(encoding="utf-8"))


def is_quick(command: Command, folder: Path) -> bool:
    """Whether it is run: what is asked of it is there, and it takes no longer than a reader waits."""
    words = command.words
    if command.program == "keepsharp":
        return bool(QUICK & set(words)) or (
            words[1] == "check" and all((folder / name).exists() for name in files(words))
        )
    return command.program == "curl" or (command.program == "python" and words[1].startswith("examples/"))


def files(words: tuple[str, ...]) -> list[str]:
    """The model file of `check`, and the data file that it is given."""
    return [word for word in words[2:] if word.endswith((".yaml", ".csv", ".gz", ".npz"))]


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


@pytest.fixture
def service(tmp_path: Path) -> Iterator[str]:
    """The address of a running service that serves `press`, trained on parts that fail under high pressure."""
    text = (
        "{model: press, task: classification, data: {source: press.csv, target: defective}, learner: {epochs: 3},"
        " labels: {expected_delay: 4h}}"
    )
    home = tmp_path / "service"
    desk = Desk(spec=parse_spec(text, "test"), folder=home, ports=memory_ports(home))
    desk.ports.models.save(RegisteredModel(name="press", spec_yaml=text, spec_folder=str(home), registered_at=START))
    values = np.random.default_rng(0).normal((100.0, 60.0), (8.0, 5.0), size=(300, 2))
    history = Examples(
        frame=pd.DataFrame(values, columns=["pressure", "temperature"]).assign(shift=["early", "late", "night"] * 100),
        target=tuple("1" if pressure > 104 else "0" for pressure in values[:, 0]),
        times=tuple(START + timedelta(minutes=minute) for minute in range(300)),
        ids=tuple(f"part-{minute}" for minute in range(-300, 0)),
        seqs=(0,) * 300,
    )
    kinds: dict[str, ColumnKind] = {"pressure": "numeric", "temperature": "numeric", "shift": "categorical"}
    train_first(desk, history, kinds, now=history.times[-1])
    with listening(desk.ports, home) as url:
        yield url


def test_blocks_do_what_they_show_one_after_the_other(folder: Path, service: str) -> None:
    for block in every_block():
        if block.language == "python":
            run([sys.executable, "-c", block.text], folder, ("KEEPSHARP_URL", service))
        elif block.language in SHELLS:
            for command in commands(block):
                if is_quick(command, folder):
                    check_output(command, block.line, folder, service)
                else:
                    check_form(command)


def check_output(command: Command, line: int, folder: Path, service: str) -> None:
    """Run it where the README stands, and look for every line that is shown."""
    ours = {"keepsharp": str(Path(sys.executable).with_name("keepsharp")), "python": sys.executable}
    words = [word.replace("http://127.0.0.1:8000", service) for word in command.words[1:]]
    printed = run(
        [ours.get(command.program, command.program), *words], folder, *command.environment, ("KEEPSHARP_URL", service)
    )
    for shown in command.shown:
        assert prints(shown, printed), f"line {line}: `{command}` does not print {shown!r}, but\n{printed}"


def prints(line: str, printed: str) -> bool:
    """Whether a line shown occurs in what was printed, `…` standing for anything and any space for any other."""
    parts = [r"\s+".join(map(re.escape, part.split())) for part in line.split("…")]
    return re.search(".*".join(parts), printed) is not None


@pytest.mark.parametrize(("name", "text"), written().items(), ids=written())
def test_the_reference_says_what_the_code_says(name: str, text: str) -> None:
    assert (ROOT / "docs" / "reference" / name).read_text(encoding="utf-8") == text, (
        "`make docs` writes it anew: read it, commit it"
    )


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
    "format everything",
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
