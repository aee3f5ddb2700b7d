"""`keepsharp audit`: who did what, and whether the record of it still holds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from services.cli.home import Home, ports_at, settings_at
from services.cli.output import Json, answer

if TYPE_CHECKING:
    from infra.domain.deeds import Head, Link, Verified
    from infra.ports import Ports

LOG, VERIFY = ACTS = ("log", "verify")
Words = Annotated[
    list[str], typer.Argument(metavar="verify [MODEL] | log [MODEL]", help="What to do, and for which model.")
]
Rows = Annotated[
    int | None, typer.Option("--rows", min=1, max=100_000, help="For log: the newest so many; default: 50.")
]
Witness = Annotated[
    str | None,
    typer.Option("--head", metavar="PLACE:HASH", help="For verify: a head noted earlier, which must still be there."),
]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog="Example: keepsharp audit verify weather --json")(audit)


def audit(words: Words, rows: Rows = None, head: Witness = None, home: Home = None, as_json: Json = False) -> None:
    """Check the chained record of who did what, or list it. It holds the decisions, and what persons did.

    `verify` names the first broken link and what was expected there, and ends with exit code 1. It prints the head of
    each chain: noted where nobody who writes to the database can change it, and given back by --head, it also shows a
    chain that was made anew or cut short together with its head. Without MODEL `log` lists what belongs to no model.
    """
    from services.cli.moments import wrong

    act, names = words[0], words[1:]
    if act not in ACTS or len(names) > 1:
        raise wrong(" ".join(words), "say `verify`, `verify MODEL`, `log` or `log MODEL`")
    if rows is not None and act != LOG:
        raise wrong("--rows", "belongs to `audit log`")
    if head is not None and (act != VERIFY or not names):
        raise wrong("--head", "belongs to `audit verify MODEL`")
    ports = ports_at(settings_at(home))
    if names:
        ports.models.get(names[0])
    if act == LOG:
        _log(ports, names[0] if names else "", rows or 50, as_json=as_json)
    else:
        _verify(ports, names, _head(head), as_json=as_json)


def _verify(ports: Ports, names: list[str], witness: Head | None, *, as_json: bool) -> None:
    from infra.verifying import verify_record
    from services.cli.plain import plain

    found = [verify_record(ports, name, witness) for name in names or ports.deeds.models()]
    holds = all(one.holds for one in found)
    text = "\n".join(_verdict(one) for one in found) or "nothing is on record yet"
    answer({"holds": holds, "chains": [plain(one) for one in found]}, text, as_json=as_json)
    if not holds:
        raise typer.Exit(1)


def _verdict(one: Verified) -> str:
    name = one.model or "the installation"
    if one.broken is None:
        return f"{name}: {one.links} links hold, head {one.head.place}:{one.head.hash}"
    return (
        f"{name}: BROKEN at link {one.broken.place}; the {one.links} before it hold\n"
        f"  found     {one.broken.found}\n  expected  {one.broken.expected}\n"
        "  somebody changed the database past keepsharp: compare it with a backup from before"
    )


def _log(ports: Ports, model: str, rows: int, *, as_json: bool) -> None:
    from services.cli.plain import plain

    found = ports.deeds.page(model, rows)
    width = max((len(link.deed.actor) for link in found), default=0)
    text = "\n".join(_line(link, width) for link in found) or "nothing is on record yet"
    answer({"model": model or None, "links": [plain(link) for link in found]}, text, as_json=as_json)


def _line(link: Link, width: int) -> str:
    from infra.domain.deeds import said_of
    from services.cli.moments import shown

    return (
        f"{link.place:>5}  {shown(link.deed.at)}  {link.deed.actor:<{width}}  {said_of(link.deed)}  [{link.hash[:12]}]"
    )


def _head(text: str | None) -> Head | None:
    from infra.domain.deeds import Head
    from services.cli.moments import wrong

    if text is None:
        return None
    place, _, digest = text.partition(":")
    if not place.isdigit() or len(digest) != 64:
        raise wrong("--head", f"`{text}` is no head: give PLACE:HASH as `audit verify` printed it")
    return Head(place=int(place), hash=digest)
