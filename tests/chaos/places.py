"""An installation with a champion, copied for every trial of what is done to it."""

from __future__ import annotations

import shutil
from pathlib import Path

from sqlalchemy import make_url

from infra.wiring import forget_ports
from tests.chaos.ground import Ground
from tests.integration.one_at_a_time import Place


def require(wanted: str, said: str) -> None:
    """Stop the whole fault where what has to be there before cannot be made."""
    assert said == wanted, said


def copy_of(ground: Ground, place: Place, name: str) -> Place:
    """The same installation elsewhere; what was there before goes."""
    forget_ports()
    home = Path(f"{place.home}_{name}")
    shutil.rmtree(home, ignore_errors=True)
    shutil.copytree(place.home, home)
    if not place.database:
        return Place(home, "")
    ground.server().drop(home.name)
    return Place(home, ground.server().make(home.name, template=str(make_url(place.database).database)))
