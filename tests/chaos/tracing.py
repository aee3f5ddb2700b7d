"""The system calls of a program in their true order: what it wrote where, what it synced, and what it sent.

By strace, or where that may not trace by a library of ours that is loaded before all others. Either says when each
call began and when it had returned. It knows no database and no HTTP.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Kind = Literal["write", "cut", "sync"]
_KINDS: Mapping[str, Kind] = {
    **dict.fromkeys(("write", "writev", "pwrite64", "pwritev", "sendto", "sendmsg"), "write"),
    "ftruncate": "cut",
    **dict.fromkeys(("fsync", "fdatasync"), "sync"),
}
_BEGUN = re.compile(r"(\d+) +(\w+)\(\d+<(.*?)>(.*)")
_RESUMED = re.compile(r"(\d+) +<\.\.\. (\w+) resumed>(.*)")
_FAILED = re.compile(r"= -1 |= \?")
_SHIM = Path(__file__).with_name("tracing_shim.c")


@dataclass(frozen=True, kw_only=True, slots=True)
class Call:
    """A call that did its work. `began` and `ended` are places in the one order of all beginnings and ends."""

    kind: Kind
    path: str
    """The file; `socket:[…]` and the like for what is none."""
    said: str
    """What was written, with bytes that are no ASCII text escaped."""
    began: int
    ended: int


class Tracing:
    """How a command has to be started so that its calls are written to a file."""

    def __init__(self, folder: Path) -> None:
        """Finds out what works here; `reason` says why nothing does."""
        self.file = folder / "calls.txt"
        self._shim: Path | None = None
        self.reason: str | None = None
        if (by_strace := _why_no_strace(folder)) is not None:
            self._shim = folder / "tracing_shim.so"
            by_shim = _why_no_shim(self._shim)
            if by_shim is not None:
                self.reason = f"no system call can be seen: {by_strace}; {by_shim}"

    def command(self, command: Sequence[str]) -> list[str]:
        """The command, traced; its process id is that of the command."""
        return list(command) if self._shim else [*_strace(self.file), *command]

    @property
    def environment(self) -> dict[str, str]:
        """What the command needs in its environment."""
        return {"LD_PRELOAD": str(self._shim), "TRACED_CALLS": str(self.file)} if self._shim else {}

    def calls(self) -> list[Call]:
        """By their beginnings."""
        return read_calls(self.file.read_text(encoding="ascii", errors="replace").splitlines())

    @property
    def is_whole(self) -> bool:
        """Whether the last word of an ended program has been written."""
        return self._shim is not None or self.file.read_text(errors="replace").rstrip().endswith("+++")


def read_calls(lines: Sequence[str]) -> list[Call]:
    """The calls of a trace that did their work, by their beginnings."""
    calls: list[Call] = []
    under_way: dict[tuple[str, str], tuple[int, str, str]] = {}
    for place, line in enumerate(lines):
        if found := _BEGUN.match(line):
            thread, name, path, rest = found.groups()
            if rest.endswith("<unfinished ...>"):
                under_way[thread, name] = (place, path, rest)
                continue
            began = place
        elif found := _RESUMED.match(line):
            thread, name, end = found.groups()
            if (thread, name) not in under_way:
                continue
            began, path, said = under_way.pop((thread, name))
            rest = said + end
        else:
            continue
        if name in _KINDS and not _FAILED.search(rest[-60:]):
            calls.append(Call(kind=_KINDS[name], path=path, said=rest, began=began, ended=place))
    return sorted(calls, key=lambda call: call.began)


def _strace(file: Path) -> list[str]:
    return ["strace", "-D", "-f", "-y", "-s", "1000000", "-e", f"trace={','.join(_KINDS)}", "-o", str(file)]


def _why_no_strace(folder: Path) -> str | None:
    if shutil.which("strace") is None:
        return "strace is not installed"
    done = subprocess.run([*_strace(folder / "try.txt"), "true"], capture_output=True, text=True, check=False)
    return None if done.returncode == 0 else f"strace may not trace here ({done.stderr.strip()[:200]})"


def _why_no_shim(shim: Path) -> str | None:
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None:
        return "no C compiler is installed"
    command = [compiler, "-shared", "-fPIC", "-O1", "-o", str(shim), str(_SHIM)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        return f"the library does not compile: {done.stderr.strip()[:200]}"
    tried = subprocess.run(
        ["true"], env={**os.environ, "LD_PRELOAD": str(shim)}, capture_output=True, text=True, check=False
    )
    return None if not tried.stderr else f"the library cannot be loaded: {tried.stderr.strip()[:200]}"
