"""The `keepsharp` command as the shell sees it: exit codes, one JSON object, help with an example."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator

import pytest
import typer
from typer.main import get_command
from typer.testing import CliRunner

from infra.domain.errors import (
    BundleError,
    DataError,
    KeepsharpError,
    Mistake,
    NotFound,
    Refused,
    SpecError,
    Unavailable,
)
from services.cli import main as cli
from services.cli.main import build_app, run


def every_command() -> Iterator[tuple[str, str]]:
    """(name, epilog)."""
    app = build_app()
    for info in app.registered_commands:
        assert info.callback is not None
        yield info.name or info.callback.__name__.replace("_", "-"), info.epilog or ""


@pytest.mark.parametrize(("name", "epilog"), list(every_command()))
def test_every_command_has_help_with_an_example(name: str, epilog: str) -> None:
    shown = CliRunner().invoke(build_app(), [name, "--help"])
    assert shown.exit_code == 0
    words = " ".join(shown.output.split())
    assert f"Example: keepsharp {name}" in words
    assert "--json" in words
    assert len(words.split("Options:")[0].split()) > 10, "say what the command does"


def test_the_commands_are_listed() -> None:
    shown = CliRunner().invoke(build_app(), ["--help"])
    assert shown.exit_code == 0
    for name, _ in every_command():
        assert f"\n  {name} " in shown.output


def test_every_summary_is_shown_whole_on_one_screen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    lines = CliRunner().invoke(build_app(), ["--help"]).output.splitlines()
    assert [line for line in lines if line.startswith("  ") and line.endswith("...")] == []
    assert len(lines) <= 48


def test_commands_stand_under_headings() -> None:
    shown = CliRunner().invoke(build_app(), ["--help"]).output
    parts = re.split(r"^([A-Z]\w+):\n", shown, flags=re.MULTILINE)
    listed = {heading: text for heading, text in zip(parts[1::2], parts[2::2], strict=True) if heading != "Options"}
    assert list(listed) == ["Begin", "Run", "Look", "Act"]
    assert "\n  rollback " in listed["Act"]
    assert "\n  rollback " not in listed["Look"]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_that_completes_is_printed_for_each_shell(shell: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--completion", shell]) == 0
    assert f"_KEEPSHARP_COMPLETE=complete_{shell}" in capsys.readouterr().out


TYPED = [
    ("keepsharp roll", ["rollback"], "a command"),
    ("keepsharp promote --fo", ["--force"], "an option"),
    ("keepsharp costs --by cost", ["cost-center"], "one of several words"),
    ("keepsharp status --bogus x", [], "nothing fits"),
]


@pytest.mark.parametrize(("line", "offered", "what"), TYPED)
def test_a_shell_is_offered_what_fits(
    line: str, offered: list[str], what: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("_KEEPSHARP_COMPLETE", "complete_bash")
    monkeypatch.setenv("COMP_WORDS", line)
    monkeypatch.setenv("COMP_CWORD", str(len(line.split()) - 1))
    with pytest.raises(SystemExit):
        run([])
    assert capsys.readouterr().out.split() == offered, what


def test_a_wrong_command_line_is_told_in_plain_words_and_by_its_own_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["promote", "press", "second", "--reason", "x"]) == 2
    assert run(["costs", "--by", "moon"]) == 2
    assert run(["backtest", "m.yaml", "--share", "2"]) == 2
    said = capsys.readouterr().err
    assert "'VERSION': it has to be a whole number\n`keepsharp promote --help` shows" in said
    assert "'--by': 'moon' is not one of" in said
    assert "'--share': it may be at most 0.95" in said


def test_help_imports_nothing_heavy() -> None:
    heavy = "numpy,pandas,torch,pydantic,mlflow,prefect,sqlalchemy,fastapi,evidently,rich"
    script = (
        "import sys\nfrom services.cli.main import run\nassert run(['--help']) == 0\n"
        f"found = [name for name in {heavy.split(',')!r} if name in sys.modules]\nassert not found, found\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("arguments", [["version"], ["--version"]])
def test_the_version_is_said(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(arguments) == 0
    assert capsys.readouterr().out.startswith("keepsharp ")


@pytest.mark.parametrize("arguments", [["chek"], ["version", "--jsn"], ["check"], ["check", "a", "b"], []])
def test_a_wrong_command_line_exits_2(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(arguments) == 2
    said = capsys.readouterr()
    assert said.err.strip()
    assert "Traceback" not in said.err


def failing(error: BaseException) -> typer.Typer:
    app = typer.Typer()

    @app.command()
    def fail(as_json: bool = typer.Option(False, "--json")) -> None:
        raise error

    app.callback()(lambda: None)
    assert get_command(app)
    return app


CODES = [
    (SpecError("model.yaml", [Mistake(where="task", line=2, problem="is odd")]), 2),
    (Refused("the budget is spent"), 3),
    (DataError("no rows"), 1),
    (NotFound("no model `x`"), 1),
    (BundleError("damaged"), 1),
    (Unavailable("away"), 1),
    (KeyError("oops"), 1),
    (KeyboardInterrupt(), 130),
]


@pytest.mark.parametrize(("error", "code"), CODES, ids=lambda value: type(value).__name__)
def test_an_error_becomes_its_exit_code(
    error: BaseException, code: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(cli, "build_app", lambda: failing(error))
    assert run(["fail"]) == code
    said = capsys.readouterr()
    assert said.out == ""
    assert "Traceback" not in said.err
    if isinstance(error, KeepsharpError):
        assert str(error) in said.err


def test_an_error_is_one_json_object_with_its_mistakes(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(cli, "build_app", lambda: failing(CODES[0][0]))
    assert run(["fail", "--json"]) == 2
    said = capsys.readouterr()
    value = json.loads(said.out)
    assert value["exit_code"] == 2
    assert value["error"]["kind"] == "SpecError"
    assert value["error"]["mistakes"] == [{"where": "task", "line": 2, "problem": "is odd"}]
    assert "line 2, task: is odd" in said.err


def test_an_unexpected_error_shows_its_traceback_only_when_asked(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(cli, "build_app", lambda: failing(KeyError("oops")))
    monkeypatch.delenv("KEEPSHARP_DEBUG", raising=False)
    assert run(["fail", "--json"]) == 1
    said = capsys.readouterr()
    assert "KEEPSHARP_DEBUG=1 shows where" in said.err
    assert json.loads(said.out)["error"]["kind"] == "unexpected"
    monkeypatch.setenv("KEEPSHARP_DEBUG", "1")
    assert run(["fail"]) == 1
    assert "Traceback" in capsys.readouterr().err
