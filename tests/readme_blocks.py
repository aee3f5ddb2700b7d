"""The fenced blocks of a Markdown page, and the commands in them. Knows nothing of what a block is good for."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass

FENCE = re.compile(r"^```(?P<language>\S*)[^\n]*\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
ASSIGNMENT = re.compile(r"^[A-Z][A-Z0-9_]*=")


@dataclass(frozen=True, kw_only=True)
class Block:
    """One fenced block: its language, its text, and the line of the page that it begins on."""

    language: str
    text: str
    line: int


@dataclass(frozen=True, kw_only=True)
class Command:
    """One command line as words, the variables set for it, and the output shown below it."""

    words: tuple[str, ...]
    environment: tuple[tuple[str, str], ...]
    shown: tuple[str, ...]

    @property
    def program(self) -> str:
        return self.words[0]

    def __str__(self) -> str:
        return shlex.join(self.words)


def blocks(page: str) -> list[Block]:
    """Every fenced block, in order."""
    return [
        Block(language=found["language"], text=found["text"], line=page.count("\n", 0, found.start()) + 2)
        for found in FENCE.finditer(page)
    ]


def commands(block: Block) -> list[Command]:
    """The commands of a block: in `console` those after `$`, with their output; in `bash` and `sh` every line."""
    lines = block.text.replace("\\\n", " ").splitlines()
    if block.language != "console":
        return [_command(line, ()) for line in lines if line.strip() and not line.lstrip().startswith("#")]
    found: list[tuple[str, list[str]]] = []
    for line in lines:
        if line.startswith("$ "):
            found.append((line[2:], []))
        elif found and line.strip():
            found[-1][1].append(line.strip())
    return [_command(line, tuple(shown)) for line, shown in found]


def _command(line: str, shown: tuple[str, ...]) -> Command:
    words = shlex.split(line, comments=True)
    variables = list(_leading_variables(words))
    return Command(
        words=tuple(words[len(variables) :]),
        environment=tuple((name, value) for name, _, value in (one.partition("=") for one in variables)),
        shown=shown,
    )


def _leading_variables(words: list[str]) -> Iterator[str]:
    for word in words:
        if not ASSIGNMENT.match(word):
            return
        yield word
