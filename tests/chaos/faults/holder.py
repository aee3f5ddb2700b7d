"""Who holds the lease of a retraining is paused in an epoch until the lease is over and another has answered; then it
is woken. It has to find its lease lost, and to change nothing any more."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping
from typing import Any

from tests.builders import minute
from tests.chaos.ground import Ground
from tests.chaos.places import copy_of, require
from tests.chaos.stepping import said_by_child
from tests.chaos.toll import Toll
from tests.integration.one_at_a_time import LABELLED, ROWS, Place, begun, paused

NOW = minute(ROWS + LABELLED)
EPOCHS = (1, 2, 3, 4)
"""In which it is paused, by turns."""
_MAY_CHANGE = {"segments", "checkpoints"}
"""What it really spent, and an epoch that it had in hand."""


def run(ground: Ground) -> Iterator[Toll]:
    """On each database."""
    for database in ground.databases:
        began, losses, home = time.monotonic(), [], ground.home(database)
        first = Place(home.home, home.database_url)
        require(str(NOW.year), said_by_child(lambda: f"{begun(first):%Y}"))  # noqa: B023 - it ends within
        for trial in range(ground.effort.trials):
            place, epoch = copy_of(ground, first, f"{database}_now"), EPOCHS[trial % len(EPOCHS)]
            said = said_by_child(lambda: json.dumps(paused(place, NOW, epoch)))  # noqa: B023 - it ends within
            found = _losses(json.loads(said)) if said.startswith("{") else [f"it ended with {said[:300]}"]
            losses += [f"paused in epoch {epoch}: {loss}" for loss in found]
        yield Toll(
            fault="holder",
            database=database,
            trials=ground.effort.trials,
            seconds=time.monotonic() - began,
            losses=tuple(losses),
            note="paused past its lease, then woken",
        )


def _losses(told: Mapping[str, Any]) -> list[str]:
    """What was not as promised."""
    before, after = told["before"], told["after"]
    found = [
        f"{name} was {before[name]}, and {after[name]} once the paused one was woken"
        for name in after
        if name not in _MAY_CHANGE and after[name] != before[name]
    ]
    if not told["early"].startswith("Refused: "):
        found.append(f"while the lease held, another said {told['early']}")
    if told["late"] != "promote 2":
        found.append(f"once the lease was over, another said {told['late']}")
    if not told["woken"].startswith("Refused: the lease"):
        found.append(f"woken, it said {told['woken']}")
    if (after["versions"], after["champion"], after["runs"]) != ([1, 2], 2, ["succeeded"]):
        found.append(f"versions {after['versions']}, champion {after['champion']}, runs {after['runs']}")
    return found
