"""The page of the command line: what `--help` says of every command, and how it ends."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import typer

from services.cli.main import COMMANDS, build_app
from tests.reference.markdown import code, page, table

INTRODUCTION = """
Every command has `--help` with an example, and `--json` for machines: one JSON object on standard output, everything
else on standard error. `keepsharp --completion bash` (or `zsh`, `fish`) prints what completes commands, options and
model names:

```bash
source <(keepsharp --completion bash)
```

| exit code | meaning |
|---|---|
| 0 | done |
| 1 | failed |
| 2 | the command line or the model file is wrong |
| 3 | refused by a rule: budget, gate, approval, lock |
| 130 | interrupted |
"""


def command_line_page() -> str:
    """The page."""
    group: Any = typer.main.get_command(build_app())
    parts = []
    for heading in COMMANDS:
        parts.append(f"## {heading}")
        parts += [
            _command(name, command) for name, command in group.commands.items() if group.sections[name] == heading
        ]
    return page("The command line", INTRODUCTION, *parts)


def _command(name: str, command: Any) -> str:
    usage = " ".join(["keepsharp", name, *_usage(command)])
    options = table(("", "what it is"), _options(command))
    example = command.epilog.removeprefix("Example: ")
    return f"### {name}\n\n{command.help.strip()}\n\n```text\n{usage}\n```\n\n{options}\n\nExample: `{example}`"


def _usage(command: Any) -> Iterator[str]:
    if any(parameter.param_type_name == "option" for parameter in command.params):
        yield "[OPTIONS]"
    for parameter in command.params:
        if parameter.param_type_name == "argument":
            yield parameter.metavar


def _options(command: Any) -> Iterator[tuple[str, str]]:
    for parameter in command.params:
        if parameter.param_type_name == "argument":
            yield code(parameter.metavar), parameter.help
            continue
        names = ", ".join(code(name) for name in (*parameter.opts, *parameter.secondary_opts))
        default = parameter.default
        said = (
            f" Default: `{default}`." if isinstance(default, int | float | str) and default not in (False, "") else ""
        )
        yield names, (parameter.help or "") + said
