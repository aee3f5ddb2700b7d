"""Who answers beside the champion after a training: the frozen simple model, and a candidate that awaits approval.

It decides by what the database holds; serving follows by itself.
"""

from __future__ import annotations

from flows.desk import Desk
from flows.rows.ordering import Order
from flows.training.baseline import SimpleModel
from flows.training.features import row_features
from flows.training.simple_bundle import freeze
from flows.trial.challenging import give_way
from infra.crowning import appointed
from infra.domain.decisions import Candidate, TrainingRun
from infra.domain.shadows import SIMPLE_VERSION, Appointment
from infra.model.schema import FeatureSchema


def appoint_challenger(desk: Desk, candidate: Candidate, token: int) -> None:
    """Let a candidate that awaits a person's word, or more labels, answer in shadow meanwhile.

    One that keepsharp let challenge before gives way to it, with a decision that says so.

    Raises:
        Refused: the lease that the token belongs to has been taken over.
    """
    give_way(desk, candidate, token)
    desk.ports.shadows.appoint(
        Appointment(
            model=candidate.model,
            role="challenger",
            version=candidate.version,
            sha256=candidate.sha256,
            since=candidate.created_at,
        ),
        fencing_token=token,
    )


def appoint_simple(
    desk: Desk, run: TrainingRun, asked: Order, schema: FeatureSchema, simple: SimpleModel, token: int
) -> None:
    """Freeze the simple model of the first champion and let it shadow every row from now on.

    One that is appointed stays for ever, unless a new beginning has other columns, which it could not read. A user's
    own rule cannot be frozen: nobody is appointed.

    Raises:
        Refused: the lease that the token belongs to has been taken over.
    """
    standing = appointed(desk.ports, desk.spec.model, "simple")
    if standing is not None and desk.bundle(standing.sha256).schema.kinds == schema.kinds:
        return
    train = asked.material.train
    bundle = freeze(
        simple,
        schema=schema,
        example=row_features(train.frame, schema.kinds, 0),
        provenance={"baseline": desk.spec.baseline_in_force, "run": run.id, "snapshot": run.snapshot, "rows": run.rows},
    )
    if bundle is None:
        return
    appointment = Appointment(
        model=desk.spec.model, role="simple", version=SIMPLE_VERSION, sha256=bundle.sha256, since=run.at
    )
    desk.ports.shadows.appoint(appointment, bundle.pack(), token)
