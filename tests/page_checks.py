"""What a page of Markdown may show: commands that exist, with options that exist, and links that lead somewhere."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import typer

from infra.memory import memory_ports
from infra.settings import Settings
from services.cli.main import build_app
from services.inference.app import create_app
from tests.readme_blocks import FENCE, Command

ROOT = Path(__file__).parent.parent
NOT_OURS = {"git", "cd", "docker", "export", "source", "pip", "python", "python3", "pre-commit"} | {
    *(
        "cp",
        "mv",
        "mkdir",
        "rm",
        "tar",
        "sh",
        "echo",
        "sudo",
        "systemctl",
        "openssl",
        "sqlite3",
        "rsync",
        "chmod",
        "ls",
        "cat",
    ),
    *("psql", "createdb", "dropdb", "pg_dump", "pg_restore", "pg_basebackup", "kubectl", "kustomize", "helm", "kind"),
}
UNCHECKED = {"", "text", "mermaid"}
SHELLS = ("console", "bash", "sh")
_LINK = re.compile(r"!?\[[^\]]*\]\(<?([^)\s>]+)>?(?: \"[^\"]*\")?\)")
_HEADING = re.compile(r"^#+ +(.+?)\s*$", re.MULTILINE)


def check_form(command: Command) -> None:
    """Ours must exist as written; others are known by name."""
    checks = {"make": check_make, "keepsharp": check_keepsharp, "curl": check_curl}
    program = Path(command.program).name
    assert program in checks or program in NOT_OURS, f"`{command}`: say in tests/page_checks.py how it is checked"
    if program in checks:
        checks[program](command)


def check_make(command: Command) -> None:
    targets = re.findall(r"^([a-z]+):.*## ", (ROOT / "Makefile").read_text(), re.MULTILINE)
    asked = [word for word in command.words[1:] if "=" not in word and not word.startswith("-")]
    assert set(asked) <= set(targets), f"`{command}`: the Makefile has {targets}"


def check_keepsharp(command: Command) -> None:
    group = keepsharp_commands()
    name = command.words[1]
    if name in {option for parameter in group.params for option in parameter.opts} | {"--help"}:
        return  # asked of the program itself
    assert name in group.commands, f"`{command}`: there is no command {name!r}"
    accepted = {option for parameter in group.commands[name].params for option in parameter.opts} | {"--help"}
    options = {word.partition("=")[0] for word in command.words[2:] if word.startswith("-")}
    assert options <= accepted, f"`{command}`: {name} has no {sorted(options - accepted)}"


def check_curl(command: Command) -> None:
    paths = routes()
    (address,) = [word for word in command.words if word.startswith(("http://", "localhost", "127.0.0.1"))]
    asked = urlsplit(address if "://" in address else f"http://{address}").path
    shapes = [re.sub(r"\{[^}]+\}", "[^/]+", path) for path in paths]
    assert any(re.fullmatch(shape, asked) for shape in shapes), f"`{command}`: no route is {asked}"


@cache
def keepsharp_commands() -> Any:
    return typer.main.get_command(build_app())


@cache
def routes() -> tuple[str, ...]:
    """Every path of the API."""
    return tuple(create_app(memory_ports(ROOT), Settings()).openapi()["paths"])


def broken_links(page: Path) -> list[str]:
    """Links of a page to files or headings that are not there; addresses elsewhere are not asked."""
    text = FENCE.sub("", page.read_text(encoding="utf-8"))
    return [link for link in _LINK.findall(text) if not _leads_somewhere(page, link)]


def _leads_somewhere(page: Path, link: str) -> bool:
    if "://" in link or link.startswith("mailto:"):
        return True
    name, _, anchor = link.partition("#")
    target = page.parent / name if name else page
    if not target.exists():
        return False
    return not anchor or anchor in set(_anchors(target.read_text(encoding="utf-8")))


def _anchors(text: str) -> Iterator[str]:
    for heading in _HEADING.findall(FENCE.sub("", text)):
        plain = re.sub(r"[^\w\s-]", "", heading.lower()).strip()
        yield re.sub(r"[\s-]+", "-", plain)
