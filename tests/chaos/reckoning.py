"""What was acknowledged, held against what is stored. It knows the records and the ports, not how they were made."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import httpx
import orjson
from sqlalchemy import make_url

from benchmarks.serving.network import MODEL
from infra.database import open_engine
from infra.domain.predictions import Answered, Prediction
from infra.ports import Ports
from tests.chaos.clients import PATH, Acknowledged


def find_problems(ports: Ports, database: str, spill: Path, acknowledged: Sequence[Acknowledged]) -> list[str]:
    """Everything that is not as it was promised, in words; every request that was begun must be acknowledged."""
    rows = ports.predictions.between(MODEL, 1, 10**9)
    stored = {row.prediction.id: row.prediction for row in rows}
    said = {str(entry["id"]): entry for one in acknowledged for entry in one.entries}
    asked = {name: features for one in acknowledged for name, features in one.features.items()}
    return [
        *_order_problems(rows),
        *(f"{name} was acknowledged and is lost" for name in sorted(said.keys() - stored.keys())),
        *(f"{name} is stored, and nobody was told" for name in sorted(stored.keys() - said.keys())),
        *(
            f"{name} was acknowledged as {said[name]} and is stored as {_entry(one)}"
            for name, one in stored.items()
            if name in said and orjson.dumps(said[name]) != orjson.dumps(_entry(one))
        ),
        *(f"{name} has other features" for name, one in stored.items() if one.features != asked.get(name)),
        *_integrity_problems(database),
        *(f"{left.name} is left in the spill" for left in sorted(spill.glob("*"))),
    ]


def find_changed(url: str, acknowledged: Sequence[Acknowledged]) -> list[str]:
    """Send all of it again: those whose answer is not the same bytes."""
    changed = []
    with httpx.Client(base_url=url, timeout=60, trust_env=False) as http:
        for one in acknowledged:
            again = http.post(PATH, content=one.sent, headers={"content-type": "application/json"})
            if again.content != one.answer:
                changed.append(f"{one.answer!r} became {again.content!r}")
    return changed


def _entry(one: Prediction) -> dict[str, object]:
    """As the answer says it."""
    return {
        "id": one.id,
        "value": one.value,
        "version": one.version,
        "probabilities": one.probabilities,
        "confidence": one.confidence,
        "abstained": one.abstained,
    }


def _order_problems(rows: Sequence[Answered]) -> list[str]:
    problems = []
    if [row.seq for row in rows] != list(range(1, len(rows) + 1)):
        problems.append("places in the order of arrival have gaps or repeat")
    if len({row.prediction.id for row in rows}) != len(rows):
        problems.append(f"{len(rows) - len({row.prediction.id for row in rows})} duplicates")
    return problems


def _integrity_problems(database: str) -> list[str]:
    if make_url(database).get_backend_name() != "sqlite":
        return []
    engine = open_engine(database)
    try:
        with engine.connect() as connection:
            verdict = connection.exec_driver_sql("PRAGMA integrity_check").scalar()
    finally:
        engine.dispose()
    return [] if verdict == "ok" else [f"integrity_check says {verdict}"]
