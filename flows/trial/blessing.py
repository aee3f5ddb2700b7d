"""Let the code that serves take a candidate up before anybody promotes it, and measure what its answers cost."""

from __future__ import annotations

from flows.desk import Desk
from flows.promotion import Answered, Load
from infra.domain.errors import BundleError
from infra.model.bundle import ModelBundle
from infra.model.taking_up import answer_seconds, take_up


def bless(desk: Desk, candidate: ModelBundle, champion: ModelBundle | None) -> Load:
    """What became of taking the candidate up from the bytes that are to be stored.

    Whatever goes wrong there would go wrong in the service as well, so that it is a reason and no failure.
    """
    config, weights = candidate.pack()
    size = len(config.encode()) + len(weights)
    try:
        taken_up = take_up(config, weights, candidate.sha256, desk.allowed_modules)
    except BundleError as problem:
        return Load(problem=str(problem), candidate=None, champion=None)
    except Exception as problem:  # noqa: BLE001  a network of the user's own may raise anything
        return Load(problem=f"{type(problem).__name__}: {problem}", candidate=None, champion=None)
    if champion is None or champion.example is None:
        (mine,) = answer_seconds(taken_up)
        return Load(problem="", candidate=Answered(seconds=mine, size_bytes=size), champion=None)
    mine, theirs = answer_seconds(taken_up, champion)
    before = sum(len(part) for part in champion.pack())
    return Load(
        problem="",
        candidate=Answered(seconds=mine, size_bytes=size),
        champion=Answered(seconds=theirs, size_bytes=before),
    )
