"""The commands of `keepsharp --help` under headings, one line each, so that all of them fit on one screen."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from typer.core import TyperGroup


class Sections(TyperGroup):
    """A group whose help lists its commands under the headings that `sections` gives each by name."""

    sections: Mapping[str, str] = {}

    def format_commands(self, ctx: Any, formatter: Any) -> None:  # noqa: ARG002 - typer's signature
        listed = [(name, command) for name, command in self.commands.items() if not command.hidden]
        widest = max(len(name) for name, _ in listed)
        room = formatter.width - widest - 4  # two columns before the name, two behind it
        formatter.write_paragraph()
        for heading in dict.fromkeys(self.sections.values()):
            formatter.write_heading(heading)
            with formatter.indentation():
                formatter.write_dl(
                    [
                        (name.ljust(widest), command.get_short_help_str(room))
                        for name, command in listed
                        if self.sections[name] == heading
                    ]
                )
