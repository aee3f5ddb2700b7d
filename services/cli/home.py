"""Where a command finds its installation: `--home`, or KEEPSHARP_HOME, and the outside world kept there.

A command that only reads makes nothing: an installation that is not there is said, not created.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from infra.domain.errors import Mistake, NotFound, SpecError

if TYPE_CHECKING:
    from infra.ports import Ports
    from infra.settings import Settings

Home = Annotated[
    Path | None, typer.Option("--home", metavar="DIR", help="Where keepsharp keeps things; default: KEEPSHARP_HOME.")
]
Model = Annotated[str, typer.Argument(metavar="MODEL", help="The name of a model.")]
AnyModel = Annotated[str | None, typer.Argument(metavar="[MODEL]", help="The name of a model; all when absent.")]
_SQLITE = "sqlite:///"


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
