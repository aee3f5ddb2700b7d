"""The `keepsharp` command: its commands, and what an error means to the shell.

Exit codes: 0 done · 1 failed · 2 the command line or the model file is wrong · 3 refused by a rule · 130 interrupted.
A command is one file in `commands/` with a function `register(app)`; heavy imports belong inside the command, so that
`--help` answers at once.
"""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Mapping, Sequence
from typing import Annotated

import typer
from typer.exceptions import TyperException

from infra.domain.errors import KeepsharpError, Refused, SpecError
from services.cli.commands import (
    alerts,
    apply,
    approve,
    audit,
    backtest,
    challenge,
    check,
    choose,
    corrections,
    costs,
    demo,
    doctor,
    dossier,
    explain,
    flows,
    init,
    keys,
    labels,
    monitor,
    readiness,
    replay,
    report,
    retrain,
    runs,
    schema,
    serve,
    status,
    train,
    up,
    version,
)
from services.cli.completion import Shell, completion_script, is_completing, prepare_completion
from services.cli.output import answer, tell
from services.cli.sections import Sections

COMMANDS = {
    "Begin": (init, check, schema, demo, train, replay, backtest),
    "Run": (up, serve, flows, doctor, keys, version),
    "Look": (status, report, alerts, runs, dossier, corrections, explain, costs, readiness, audit),
    "Act": (apply, labels, monitor, retrain, choose, challenge, approve),
}
_PLAINLY = {
    "Value error, ": "",
    "Input should be a valid integer, unable to parse string as an integer": "it has to be a whole number",
    "Input should be less than or equal to": "it may be at most",
    "Input should be greater than or equal to": "it has to be at least",
    "Input should be a valid number, unable to parse string as a number": "it has to be a number",
}
"""What the parser of command lines says in words of its own, and what it means."""
DONE, FAILED, WRONG, REFUSED, INTERRUPTED = 0, 1, 2, 3, 130


def main() -> None:
    """Entry point of the `keepsharp` command."""
    sys.exit(run(sys.argv[1:]))


def build_app() -> typer.Typer:
    """The command with all its subcommands."""
    app = typer.Typer(
        name="keepsharp",
        help="Keeps a deployed neural network accurate, says when it is wrong, and accounts for what it cost.",
        epilog="Start with: keepsharp init DIR",
        no_args_is_help=True,
        add_completion=False,  # `--completion SHELL` prints it; nothing is written into anybody's profile
        pretty_exceptions_enable=False,
        rich_markup_mode=None,  # plain help answers in a third of the time
    )
    sections: dict[str, str] = {}
    for heading, modules in COMMANDS.items():
        for module in modules:
            module.register(app)
        sections |= {_name(info): heading for info in app.registered_commands if _name(info) not in sections}
    app.callback(cls=_sectioned(sections))(_start)
    return app


def _name(info: typer.models.CommandInfo) -> str:
    """What a command is called."""
    assert info.callback is not None
    return info.name or info.callback.__name__.replace("_", "-")


def _sectioned(sections: Mapping[str, str]) -> type[Sections]:
    """The group that lists its commands under these headings; typer makes it, and so has to be given a class."""
    return type("SectionedCommands", (Sections,), {"sections": sections})


def run(arguments: Sequence[str]) -> int:
    """Run one command line and return its exit code; no exception leaves here but SystemExit."""
    as_json = "--json" in arguments
    if is_completing():
        prepare_completion()
    try:
        code = typer.main.get_command(build_app()).main(
            args=list(arguments), prog_name="keepsharp", standalone_mode=False
        )
    except TyperException as error:
        return _failed("command line", _usage(error), WRONG, as_json=as_json)
    except KeepsharpError as error:
        return _failed(type(error).__name__, str(error), exit_code(error), as_json=as_json, error=error)
    except (KeyboardInterrupt, typer.Abort):
        tell("interrupted")
        return INTERRUPTED
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # the reader left: say nothing more
        return FAILED
    except Exception as error:  # noqa: BLE001 - the last line of defence: a person gets a sentence, not a traceback
        return _unexpected(error, as_json=as_json)
    return code if isinstance(code, int) else DONE


def _say_version(asked: bool) -> None:
    if asked:
        answer({}, version.version_text(), as_json=False)
        raise typer.Exit


def _say_completion(shell: Shell | None) -> None:
    if shell is not None:
        answer({}, completion_script(shell), as_json=False, is_table=True)
        raise typer.Exit


_Completion = Annotated[
    Shell | None,
    typer.Option("--completion", help="Print what completes commands.", callback=_say_completion, is_eager=True),
]
_Version = Annotated[
    bool, typer.Option("--version", help="Say which version this is.", callback=_say_version, is_eager=True)
]


def _start(show_version: _Version = False, completion: _Completion = None) -> None:
    """Options before the command; each has done its work by now."""


def _usage(error: TyperException) -> str:
    """The message with where to look; a bare `keepsharp` has shown its help already, and has none."""
    message = error.format_message()
    for said, meant in _PLAINLY.items():
        message = message.replace(said, meant)
    context = getattr(error, "ctx", None)
    place = context.command_path if context is not None else "keepsharp"
    return f"{message}\n`{place} --help` shows what is accepted." if message.strip() else "a command is missing"


def exit_code(error: KeepsharpError) -> int:
    """How the command ends when this error rises out of it."""
    return {SpecError: WRONG, Refused: REFUSED}.get(type(error), FAILED)


def _failed(kind: str, message: str, code: int, *, as_json: bool, error: KeepsharpError | None = None) -> int:
    tell(message)
    if as_json:
        mistakes = error.mistakes if isinstance(error, SpecError) else ()
        listed = [{"where": one.where, "line": one.line, "problem": one.problem} for one in mistakes]
        said = {"kind": kind, "message": message} | ({"mistakes": listed} if listed else {})
        answer({"error": said, "exit_code": code}, "", as_json=True)
    return code


def _unexpected(error: Exception, *, as_json: bool) -> int:
    if os.environ.get("KEEPSHARP_DEBUG"):
        tell("".join(traceback.format_exception(error)).rstrip())
    message = f"keepsharp failed in a way it should not: {type(error).__name__}: {error}\n"
    return _failed("unexpected", message + "KEEPSHARP_DEBUG=1 shows where.", FAILED, as_json=as_json)
