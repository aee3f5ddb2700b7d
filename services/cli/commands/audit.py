"""`keepsharp audit`: who did what, and whether the record of it still holds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from services.cli.home import Home, ports_at, settings_at
from services.cli.output import Json, answer

if TYPE_CHECKING:
    from infra.domain.deeds import Head, Link, Verified
    from infra.ports import Ports

LOG, SHOW, VERIFY = ACTS = ("log", "show", "verify")
Words = Annotated[
    list[str] | None,
    typer.Argument(metavar="verify [MODEL] | log [MODEL] | show [MODEL] PLACE", help="What to do, and of which model."),
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


def audit(
    words: Words = None, rows: Rows = None, head: Witness = None, home: Home = None, as_json: Json = False
) -> None:
    """Check the chained record of who did what, or list it. It holds the decisions, and what persons did.

    `verify` names the first broken link and what was expected there, and ends with exit code 1. It prints the head of
    each chain: noted where nobody who writes to the database can change it, and given back by --head, it also shows a
    chain that was made anew or cut short together with its head. `log` lists the deeds, a line each; `show` tells one
    whole, by its place there. Without MODEL both are about what belongs to no model.
    """
    from services.cli.moments import wrong

    act, *names = words or [""]
    place = int(names.pop()) if act == SHOW and names and names[-1].isdigit() else None
    if act not in ACTS or len(names) > 1 or (act == SHOW and place is None):
        raise wrong(
            " ".join(words or ["audit"]),
            "say `verify` to check every record, `verify MODEL` for one, `log MODEL` to list who did what, or "
            "`show MODEL PLACE` for one deed whole",
        )
    if rows is not None and act != LOG:
        raise wrong("--rows", "belongs to `audit log`")
    if head is not None and (act != VERIFY or not names):
        raise wrong("--head", "belongs to `audit verify MODEL`")
    ports = ports_at(settings_at(home))
    if names:
        ports.models.get(names[0])
    if act == LOG:
        _log(ports, names[0] if names else "", rows or 50, as_json=as_json)
    elif place is not None:
        _show(ports, names[0] if names else "", place, as_json=as_json)
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
    text += f"\n`keepsharp audit show {model + ' ' if model else ''}PLACE` tells one whole" if found else ""
    answer({"model": model or None, "links": [plain(link) for link in found]}, text, as_json=as_json)


def _line(link: Link, width: int) -> str:
    from infra.domain.deeds import brief_of
    from services.cli.moments import shown

    return f"{link.place:>5}  {shown(link.deed.at)}  {link.deed.actor:<{width}}  {brief_of(link.deed)}"


def _show(ports: Ports, model: str, place: int, *, as_json: bool) -> None:
    """One link whole. Raises NotFound."""
    from infra.domain.deeds import said_of
    from infra.domain.errors import NotFound
    from services.cli.moments import shown
    from services.cli.plain import plain

    found = [link for link in ports.deeds.after(model, place - 1, 1) if link.place == place]
    if not found:
        ends = ports.deeds.head(model).place
        raise NotFound(f"{model or 'the installation'} has no deed {place}: its record ends at {ends}")
    (link,) = found
    lines = [
        f"{model or 'the installation'}, deed {place} of {shown(link.deed.at)}, by {link.deed.actor}",
        f"  {said_of(link.deed)}",
        f"  about     {link.deed.about} {link.deed.subject}",
        f"  hash      {link.hash}",
        f"  after     {link.previous_hash}",
    ]
    answer({"model": model or None, "link": plain(link)}, "\n".join(lines), as_json=as_json)


def _head(text: str | None) -> Head | None:
    from infra.domain.deeds import Head
    from services.cli.moments import wrong

    if text is None:
        return None
    place, _, digest = text.partition(":")
    if not place.isdigit() or len(digest) != 64:
        raise wrong("--head", f"`{text}` is no head: give PLACE:HASH as `audit verify` printed it")
    return Head(place=int(place), hash=digest)
