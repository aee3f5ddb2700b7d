"""A keepsharp installation for the benchmark: one registered model with a champion, and on request two shadows.

It is made through the same ports as every other; the service that is started on it cannot tell the difference.
"""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import Engine, func, select

from benchmarks.serving.network import MODEL, make_bundle
from infra.domain.decisions import Candidate, Champion, PromotionDecision, Reason
from infra.domain.shadows import SIMPLE_VERSION, Appointment
from infra.model.bundle import ModelBundle
from infra.ports import Ports, RegisteredModel
from infra.settings import Settings
from infra.tables import predictions
from infra.wiring import build_ports

_CHALLENGER_VERSION = 2
_MADE = datetime(2026, 1, 1, tzinfo=UTC)
_SPEC = "model: {model}\ntask: classification\ndata: {{source: bench.csv, target: surface}}\n{serving}"


def make_home(settings: Settings, champion: ModelBundle, *, relaxed: bool = False, shadows: bool = False) -> None:
    """Fill the empty home that `settings` names.

    Args:
        settings: where the home and its database are.
        champion: what serves, as version 1.
        relaxed: the model file says `logging: relaxed`.
        shadows: a simple model and a challenger are appointed beside the champion.
    """
    ports = build_ports(settings)
    spec = _SPEC.format(model=MODEL, serving="serving: {logging: relaxed}\n" if relaxed else "")
    folder = str(settings.home.resolve())
    ports.models.save(RegisteredModel(name=MODEL, spec_yaml=spec, spec_folder=folder, registered_at=_MADE))
    _crown(ports, _keep(ports, champion, version=1))
    if shadows:
        _appoint_shadows(ports)


def find_silent_shadows(ports: Ports) -> str | None:
    """A sentence when a shadow has said nothing at all, None when both have."""
    said = {
        "challenger": ports.shadows.count(MODEL, "challenger", _CHALLENGER_VERSION),
        "simple model": ports.shadows.count(MODEL, "simple", SIMPLE_VERSION),
    }
    silent = [name for name, count in said.items() if count == 0]
    return f"nothing is kept of what the {' and the '.join(silent)} said" if silent else None


def count_predictions(engine: Engine) -> int:
    """Rows of the benchmark's model that stand in the database now, counted one by one."""
    with engine.connect() as connection:
        query = select(func.count()).select_from(predictions).where(predictions.c.model == MODEL)
        return int(connection.execute(query).scalar_one())


def _keep(ports: Ports, bundle: ModelBundle, version: int) -> Candidate:
    candidate = Candidate(
        model=MODEL, version=version, sha256=bundle.sha256, run_id=f"benchmark-{version}", created_at=_MADE
    )
    ports.versions.add(candidate, *bundle.pack())
    return candidate


def _crown(ports: Ports, candidate: Candidate) -> None:
    decision = PromotionDecision(
        id="benchmark",
        model=MODEL,
        at=_MADE,
        kind="promote",
        version=candidate.version,
        previous_version=None,
        reasons=(Reason(rule="first", passed=True, figure=None, limit=None, text="Made for the benchmark."),),
    )
    champion = Champion(
        model=MODEL,
        version=candidate.version,
        sha256=candidate.sha256,
        since=_MADE,
        since_seq=0,
        accepted=0.5,
        decision_id=decision.id,
    )
    ports.versions.crown(champion, decision)


def _appoint_shadows(ports: Ports) -> None:
    kept = _keep(ports, make_bundle(seed=2), version=_CHALLENGER_VERSION)
    ports.shadows.appoint(
        Appointment(model=MODEL, role="challenger", version=kept.version, sha256=kept.sha256, since=_MADE)
    )
    simple = make_bundle(seed=3, hidden=())  # a logistic regression: one linear layer
    ports.shadows.appoint(
        Appointment(model=MODEL, role="simple", version=SIMPLE_VERSION, sha256=simple.sha256, since=_MADE),
        simple.pack(),
    )
