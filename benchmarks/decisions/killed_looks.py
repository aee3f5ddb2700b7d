"""What a killed promotion left, what the next process makes of it, and what a fresh service loads."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import asdict, dataclass

import anyio
from sqlalchemy import text

from benchmarks.decisions.killed_place import MODEL, Place, desk, now
from flows.retraining.pending import answer_pending
from flows.trial.mirroring import mirror_champion
from infra.crowning import appointed
from infra.database import open_engine
from infra.domain.errors import Unavailable
from infra.transactions import reading
from infra.verifying import verify_record
from services.inference.metrics import Metrics
from services.inference.predictor import Predictor
from services.inference.reloader import Reloader


@dataclass(frozen=True, kw_only=True)
class Left:
    """What is found after a kill, or after what followed it."""

    champions: int
    version: int
    sha256: str
    whole: bool
    """The bundle answers for its hash, and the decision stands in an unbroken chain."""
    challenger: int
    """Who answers in shadow; 0 for nobody."""
    trigger: str
    """The state of the trigger."""


def seen(place: Place) -> str:
    """What stands in the database, read past everything that might repair it."""
    engine = open_engine(place.settings.database)
    with reading(engine) as connection:
        champions = connection.execute(text("SELECT count(*) FROM champions")).scalar_one()
    at_work = desk(place)
    champion = at_work.ports.versions.champion(MODEL)
    assert champion is not None
    bundle, verified = at_work.bundle(champion.sha256), verify_record(at_work.ports, MODEL)
    bundle.prove()
    whole = verified.holds and bundle.sha256 == champion.sha256
    challenger = appointed(at_work.ports, MODEL, "challenger")
    found = Left(
        champions=champions,
        version=champion.version,
        sha256=champion.sha256,
        whole=whole,
        challenger=0 if challenger is None else challenger.version,
        trigger=at_work.ports.triggers.get("t").state,
    )
    return json.dumps(asdict(found))


def look_back(said: str) -> Left:
    """What another process said of itself."""
    return Left(**json.loads(said))


def go_on(place: Place) -> str:
    """What the next look does by itself, and what a fresh service loads then."""
    at_work = desk(place)
    answer_pending(at_work, now=now())
    mirror_champion(at_work)
    named = None
    with suppress(Unavailable):
        named = at_work.ports.registry.champion(MODEL)
    predictor = Predictor()
    anyio.run(Reloader(at_work.ports, predictor, Metrics(), place.settings).look)
    serving = predictor.serving(MODEL)
    run = next(one for one in at_work.ports.runs.page(MODEL, 10) if one.trigger_id == "t")
    return json.dumps(
        {
            "registry": named[1] if named else "nobody",
            "serving": serving.sha256 if serving else "nobody",
            "run": run.state,
        }
    )
