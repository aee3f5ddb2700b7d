"""Where a command finds its installation: `--home`, or KEEPSHARP_HOME, and the outside world kept there.

A command that only reads makes nothing: an installation that is not there is said, not created.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from infra.domain.errors import KeepsharpError, Mistake, NotFound, SpecError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from infra.ports import Ports, RegisteredModel
    from infra.settings import Settings

Home = Annotated[
    Path | None, typer.Option("--home", metavar="DIR", help="Where keepsharp keeps things; default: KEEPSHARP_HOME.")
]
_SQLITE = "sqlite:///"


def model_names(incomplete: str) -> list[str]:
    """The models whose names begin so, for a shell that completes; none where they cannot be had."""
    try:
        settings = settings_at(None)
        return [] if is_empty(settings) else [one.name for one in _models(settings) if one.name.startswith(incomplete)]
    except KeepsharpError:
        return []  # a shell in the middle of a line has nowhere to show an error; the command itself will tell it


Model = Annotated[str, typer.Argument(metavar="MODEL", help="The name of a model.", autocompletion=model_names)]
AnyModel = Annotated[
    str | None,
    typer.Argument(metavar="[MODEL]", help="The name of a model; all when absent.", autocompletion=model_names),
]


def settings_at(home: Path | None) -> Settings:
    """The settings of the environment, with another home where one is named.

    Raises:
        SpecError: a KEEPSHARP_* variable cannot be used.
    """
    from pydantic import ValidationError
    from pydantic_settings import SettingsError

    from infra.settings import Settings

    try:
        settings = Settings()
    except ValidationError as error:
        mistakes = [
            Mistake(where=f"KEEPSHARP_{'_'.join(map(str, one['loc'])).upper()}", line=None, problem=one["msg"])
            for one in error.errors()
        ]
        raise SpecError("the environment", mistakes) from error
    except SettingsError as error:  # names the setting, not what it holds
        raise SpecError("the environment", [Mistake(where="KEEPSHARP_*", line=None, problem=str(error))]) from error
    return settings if home is None else settings.model_copy(update={"home": home})


def database_file(settings: Settings) -> Path | None:
    """The SQLite file in force; None when the database is a server."""
    url = settings.database
    return Path(url.removeprefix(_SQLITE)) if url.startswith(_SQLITE) else None


def is_empty(settings: Settings) -> bool:
    """Whether nothing was ever kept here."""
    file = database_file(settings)
    return file is not None and not file.exists()


def nothing_yet(settings: Settings) -> str:
    """What to say of an installation that is not there."""
    return (
        f"nothing is kept under {settings.home.resolve()} yet: `keepsharp train MODEL.yaml` begins, `--home DIR` or "
        "KEEPSHARP_HOME names another place"
    )


def _models(settings: Settings) -> Sequence[RegisteredModel]:
    return ports_at(settings).models.all()


def ports_at(settings: Settings) -> Ports:
    """The outside world of an installation that is there.

    Raises:
        NotFound: nothing was ever kept here.
        Unavailable: the database does not answer.
    """
    from infra.wiring import build_ports

    if is_empty(settings):
        raise NotFound(nothing_yet(settings))
    return build_ports(settings)
