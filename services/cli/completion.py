"""Completion of commands, options and model names by a shell. Typer has the scripts; nothing is installed."""

from __future__ import annotations

import os
from enum import StrEnum

_PROGRAM, _VARIABLE = "keepsharp", "_KEEPSHARP_COMPLETE"


class Shell(StrEnum):
    """A shell that completes `keepsharp`."""

    bash = "bash"
    zsh = "zsh"
    fish = "fish"


def completion_script(shell: Shell) -> str:
    """What the shell has to read at its start."""
    from typer.completion import get_completion_script  # type: ignore[attr-defined]  # typer does not list it

    return get_completion_script(prog_name=_PROGRAM, complete_var=_VARIABLE, shell=shell.value)


def is_completing() -> bool:
    """Whether a shell asks for completions, and nobody for a command."""
    return _VARIABLE in os.environ


def prepare_completion() -> None:
    """Teach typer the shells; it does so by itself only where it offers to write into profiles."""
    from typer.completion import get_completion_inspect_parameters

    get_completion_inspect_parameters()
