"""`keepsharp keys`: who may ask the service, and for what."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from services.cli.home import Home, is_empty, nothing_yet, ports_at, settings_at
from services.cli.output import Json, answer
from services.cli.person import person

if TYPE_CHECKING:
    from datetime import datetime

    from infra.domain.access import ApiKey
    from infra.domain.deeds import Deed
    from infra.settings import Settings

ACTS = ("create", "list", "revoke")


class Role(StrEnum):
    """What a key may be for; the same words as `infra.domain.access.AccessRole`."""

    PREDICT = "predict"
    LABEL = "label"
    OPERATE = "operate"
    READ = "read"
    ADMIN = "admin"


Words = Annotated[
    list[str], typer.Argument(metavar="create NAME | list | revoke NAME", help="What to do, and with which key.")
]
Roles = Annotated[
    list[Role] | None,
    typer.Option("--role", help="For create: what the key may do; repeat it for several. admin may everything."),
]
PerMinute = Annotated[
    int | None,
    typer.Option("--per-minute", min=1, help="For create: requests a minute; default: KEEPSHARP_REQUESTS_PER_MINUTE."),
]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog="Example: keepsharp keys create line-3 --role predict --role label")(keys)


def keys(
    words: Words, role: Roles = None, per_minute: PerMinute = None, home: Home = None, as_json: Json = False
) -> None:
    """Create an API key, list the keys there are, or revoke one. The secret of a new key is shown this once."""
    from services.cli.moments import wrong

    settings, act, names = settings_at(home), words[0], words[1:]
    if act not in ACTS or len(names) != (act != "list"):
        raise wrong(" ".join(words), "say `create NAME`, `list` or `revoke NAME`")
    if act != "create" and (role or per_minute):
        raise wrong("--role" if role else "--per-minute", "belongs to `keys create NAME`: revoke a key to change it")
    if act == "create":
        _create(settings, names[0], role or [], per_minute, as_json=as_json)
    elif act == "list":
        _list(settings, as_json=as_json)
    else:
        _revoke(settings, names[0], as_json=as_json)


def _create(settings: Settings, name: str, roles: list[Role], per_minute: int | None, *, as_json: bool) -> None:
    """The first key comes before anything is served, so that a home that is not there is made."""
    from infra.wiring import build_ports
    from services.cli.moments import wall_clock, wrong
    from services.inference.api_keys import KEY_NAME, mint_key

    if not KEY_NAME.fullmatch(name):
        raise wrong(name, "a key is called by 1 to 63 letters, digits, dots, - and _, the first a letter or a digit")
    if not roles:
        raise wrong("--role", f"is missing: say what the key may do, of {', '.join(Role)}")
    minted = mint_key(name, [one.value for one in roles], at=wall_clock(), per_minute=per_minute)
    said: dict[str, object] = {"roles": list(minted.key.roles), "per_minute": per_minute}
    build_ports(settings).keys.add(minted.key, _deed("create", name, minted.key.created_at, said))
    lines = [
        f"key {name} with {', '.join(minted.key.roles)}; its secret, which is not kept and cannot be shown again:",
        "",
        f"  {minted.secret}",
        "",
        "send it as `Authorization: Bearer SECRET` or `X-API-Key: SECRET`; a browser takes it as the password",
    ]
    answer({"key": _record(minted.key), "secret": minted.secret}, "\n".join(lines), as_json=as_json)


def _list(settings: Settings, *, as_json: bool) -> None:
    found = [] if is_empty(settings) else ports_at(settings).keys.all()
    none = nothing_yet(settings) if is_empty(settings) else "there is no key: `keepsharp keys create NAME --role ROLE`"
    text = "\n".join(_line(key) for key in found) or none
    answer({"keys": [_record(key) for key in found]}, text, as_json=as_json)


def _revoke(settings: Settings, name: str, *, as_json: bool) -> None:
    from services.cli.moments import wall_clock

    at = wall_clock()
    key = ports_at(settings).keys.revoke(name, at, _deed("revoke", name, at, {}))
    text = f"{_line(key)}\na running service turns it away within 5 seconds"
    answer({"key": _record(key)}, text, as_json=as_json)


def _deed(act: str, name: str, at: datetime, content: dict[str, object]) -> Deed:
    from infra.domain.deeds import INSTALLATION, personal

    return personal(act, "key", name, model=INSTALLATION, actor=person(), at=at, content=content)


def _record(key: ApiKey) -> dict[str, object]:
    """Without the digest, which is nobody's business."""
    from services.cli.plain import plain

    record = plain(key)
    assert isinstance(record, dict)
    return {name: value for name, value in record.items() if name != "digest"}


def _line(key: ApiKey) -> str:
    from services.cli.moments import shown

    rate = f", {key.per_minute:,} a minute" if key.per_minute else ""
    end = f", revoked {shown(key.revoked_at)}" if key.revoked_at else ""
    return f"{key.name}  {', '.join(key.roles)}  created {shown(key.created_at)}{rate}{end}"
