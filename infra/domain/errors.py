"""Every error keepsharp raises on purpose, in one tree.

    KeepsharpError
    ├── SpecError            the model file or the command line is wrong         exit 2
    ├── DataError            a history, a row or a label cannot be used          exit 1
    │   └── RowError         one row of a request: says which row and which field
    ├── NotFound             a model, version, prediction or alert is unknown
    ├── Conflict             the same id with other contents
    ├── Refused              a rule said no: budget, gate, approval, lock        exit 3
    ├── BundleError          a model bundle is damaged or not what it claims
    ├── TrainingFailed       training ended without a usable network
    └── Unavailable          a database, registry or server did not answer
        └── StorageFull      the disk has no room left

Each message says what happened, shows the offending value, and says what to do next.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


class KeepsharpError(Exception):
    """Base of the tree; catch it where an error is shown to a person."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Mistake:
    """One mistake in a model file: where it is, what is wrong, what would be accepted."""

    where: str
    line: int | None
    problem: str


class SpecError(KeepsharpError):
    """A model file or a command line that cannot be used; carries every mistake at once.

    Each mistake says where it is, what is wrong, and what would be accepted: mend them all, then ask again.
    """

    def __init__(self, source: str, mistakes: Sequence[Mistake]) -> None:
        self.source = source
        self.mistakes = tuple(mistakes)
        lines = [f"{source}: {len(self.mistakes)} mistake{'s' * (len(self.mistakes) != 1)}"]
        for mistake in self.mistakes:
            place = f"line {mistake.line}, " if mistake.line is not None else ""
            lines.append(f"  {place}{mistake.where}: {mistake.problem}")
        super().__init__("\n".join(lines))


class DataError(KeepsharpError):
    """A history, a row or a label that cannot be used as it is.

    Mend the data where the message points, or say in the model file how it is to be read.
    """


class RowError(DataError):
    """One row of a request that cannot be used; the others may still be.

    Mend the field that is named, and send the row again; its id makes that safe.
    """

    def __init__(self, *, row: int, field: str | None, problem: str) -> None:
        self.row, self.field, self.problem = row, field, problem
        super().__init__(f"row {row}{f', field {field!r}' if field else ''}: {problem}")


class NotFound(KeepsharpError):
    """Something was asked for by a name that nothing has.

    The message lists what there is, or says which command does.
    """


class Conflict(KeepsharpError):
    """The same id was used before with other contents.

    Give the new row an id of its own; what is kept under the old one stays.
    """


class Refused(KeepsharpError):
    """A rule said no: the budget, the gate, an approval, or a lock held by another.

    The message names the rule and its figures, and how a person may overrule it where they may.
    """


class BundleError(KeepsharpError):
    """A model bundle that is damaged, or is not what its hash claims.

    Restore the file from a backup, or promote another version; a bundle that does not fit its hash never serves.
    """


class TrainingFailed(KeepsharpError):
    """Training ended without a usable network; the message is the verdict.

    The champion goes on serving. Look at the labels of the snapshot, then at `learner` in the model file.
    """


class Unavailable(KeepsharpError):
    """A database, a registry or a server did not answer.

    `keepsharp doctor` says which one; asking again is safe, since ids keep anything from being done twice.
    """


class StorageFull(Unavailable):
    """The disk has no room left; it heals by itself when there is room again.

    Make room under KEEPSHARP_HOME or where the database lies; nothing that was acknowledged is lost.
    """
