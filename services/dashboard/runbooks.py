"""The runbooks as pages show them: `docs/runbooks.md` in sections, and where an alert's own lies. It writes no HTML."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Literal

from monitoring.rulebook import RUNBOOKS

PLACE = Path(__file__).parents[2] / RUNBOOKS
_SPAN = re.compile(r"`([^`]+)`|\*\*([^*]+)\*\*|\*([^*]+)\*")
Kind = Literal["text", "code", "strong", "em"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Section:
    """One heading with its paragraphs, each a list of (kind, words)."""

    name: str
    paragraphs: tuple[tuple[tuple[Kind, str], ...], ...]


@lru_cache(maxsize=4)
def runbooks(path: Path = PLACE) -> tuple[Section, ...]:
    """The sections in their order; none where the document does not lie beside the program."""
    return sections_of(path.read_text("utf-8")) if path.is_file() else ()


def sections_of(text: str) -> tuple[Section, ...]:
    """What stands below each heading of the second level; what stands before the first is passed over.

    >>> sections_of("## budget\\nLook at `costs`.\\n")[0].paragraphs
    ((('text', 'Look at '), ('code', 'costs'), ('text', '.')),)
    """
    found = []
    for piece in re.split(r"^## ", text, flags=re.MULTILINE)[1:]:
        name, _, rest = piece.partition("\n")
        paragraphs = tuple(_spans(" ".join(one.split())) for one in rest.strip().split("\n\n") if one.strip())
        found.append(Section(name=name.strip(), paragraphs=paragraphs))
    return tuple(found)


def address_of(runbook: str) -> str | None:
    """Where the runbook of an alert is read: here, or at an address of the web; None for anything else.

    >>> address_of("https://wiki.example/press"), address_of("ask the night shift")
    ('https://wiki.example/press', None)
    """
    place, _, name = runbook.partition("#")
    if place == RUNBOOKS and any(section.name == name for section in runbooks()):
        return f"/runbooks#{name}"
    return runbook if re.match(r"https?://", runbook) else None


def _spans(text: str) -> tuple[tuple[Kind, str], ...]:
    found: list[tuple[Kind, str]] = []
    last = 0
    kinds: tuple[Kind, ...] = ("code", "strong", "em")
    for match in _SPAN.finditer(text):
        if match.start() > last:
            found.append(("text", text[last : match.start()]))
        found += [(kind, words) for kind, words in zip(kinds, match.groups(), strict=True) if words is not None]
        last = match.end()
    if last < len(text):
        found.append(("text", text[last:]))
    return tuple(found)
