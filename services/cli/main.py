"""The `keepsharp` command: its commands, and what an error means to the shell.

Exit codes: 0 done · 1 failed · 2 the command line or the model file is wrong · 3 refused by a rule · 130 interrupted.
A command is one file in `commands/` with a function `register(app)`; heavy imports belong inside the command, so that
`--help` answers at once.
"""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Sequence
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
    serve,
    status,
    train,
    up,
    version,
)
from services.cli.output import answer, tell

COMMANDS = (
    *(init, check, train, replay, backtest, demo),
    *(apply, monitor, retrain, choose, challenge, approve, alerts, labels, corrections, costs, audit, keys, version),
    *(up, serve, flows, status, report, dossier, explain, runs, readiness, doctor),
)
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
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,  # plain help answers in a third of the time
    )
    app.callback()(_start)
    for module in COMMANDS:
        module.register(app)
    return app


def run(arguments: Sequence[str]) -> int:
    """Run one command line and return its exit code; no exception leaves here but SystemExit."""
    as_json = "--json" in arguments
    try:
        code = typer.main.get_command(build_app()).main(
            args=list(arguments), prog_name="keepsharp", standalone_mode=False
        )
    except TyperException as error:
        return _failed("command line", _usage(error), WRONG, as_json=as_json)
    except KeepsharpError as error:
        return _failed(type(error).__name__, str(error), _exit_code(error), as_json=as_json, error=error)
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


_Version = Annotated[
    bool, typer.Option("--version", help="Say which version this is.", callback=_say_version, is_eager=True)
]


def _start(show_version: _Version = False) -> None:
    """Options before the command; `--version` has done its work by now."""


def _usage(error: TyperException) -> str:
    """The message with where to look; a bare `keepsharp` has shown its help already, and has none."""
    message = error.format_message()
    for said, meant in _PLAINLY.items():
        message = message.replace(said, meant)
    context = getattr(error, "ctx", None)
    place = context.command_path if context is not None else "keepsharp"
    return f"{message}\n`{place} --help` shows what is accepted." if message.strip() else "a command is missing"


def _exit_code(error: KeepsharpError) -> int:
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
