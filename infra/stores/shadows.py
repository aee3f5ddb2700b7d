"""Who answers beside the champions, and what they said, in the database. Knows nothing of shares of the traffic."""

from __future__ import annotations

from collections.abc import Sequence
from operator import itemgetter
from typing import TYPE_CHECKING, Any, cast, get_args

from sqlalchemy import ColumnElement, Engine, Row, and_, delete, func, select
from sqlalchemy.exc import IntegrityError

from infra.domain.predictions import Answered
from infra.domain.shadows import Appointment, AppointmentRole, ShadowAnswer
from infra.domain.values import Answer
from infra.stores.features import pack, unpack
from infra.stores.intake import Intake
from infra.stores.leases import refuse_fenced
from infra.stores.prediction_rows import ANSWERED, to_answered
from infra.stores.records import to_row
from infra.stores.refusals import no_bundle
from infra.stores.rows import keep_first, records, replace
from infra.tables import appointments, bundles, labels, predictions, shadow_answers
from infra.transactions import reading, writing

if TYPE_CHECKING:
    from collections.abc import Mapping


_ANSWERS = Intake(
    table=shadow_answers,
    fixed=("model", "role", "version"),
    numbered=None,
    columns=("prediction_id", "value", "probabilities", "confidence"),
)


class SqlShadows:
    """The port `Shadows` on SQLAlchemy."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def appoint(
        self, appointment: Appointment, bundle: tuple[str, bytes] | None = None, fencing_token: int | None = None
    ) -> None:
        try:
            with writing(self._engine) as connection:
                refuse_fenced(connection, appointment.model, fencing_token)
                if bundle is not None:
                    config, weights = bundle
                    kept = {"sha256": appointment.sha256, "config": config, "weights": weights}
                    keep_first(connection, bundles, ["sha256"], [kept])
                replace(connection, appointments, ["model", "role"], to_row(appointment))
        except IntegrityError as error:
            raise no_bundle(appointment.sha256) from error

    def dismiss(self, model: str, role: AppointmentRole, fencing_token: int | None = None) -> None:
        held = and_(appointments.c.model == model, appointments.c.role == role)
        with writing(self._engine) as connection:
            refuse_fenced(connection, model, fencing_token)
            connection.execute(delete(appointments).where(held))

    def appointments(self) -> list[Appointment]:
        with reading(self._engine) as connection:
            found = records(connection, select(appointments), Appointment)
        return sorted(found, key=lambda held: (held.model, held.role))

    def add(self, answers: Sequence[ShadowAnswer]) -> None:
        said: dict[tuple[str, str, int], list[tuple[object, ...]]] = {}
        for answer in answers:
            said.setdefault((answer.model, answer.role, answer.version), []).append(_to_values(answer))
        if said:
            with writing(self._engine) as connection:
                for who, rows in sorted(said.items()):  # in one order, so that two writers cannot wait for each other
                    _ANSWERS.insert(connection, *who, rows=sorted(rows, key=itemgetter(0)))

    def labelled(
        self, model: str, role: AppointmentRole, version: int, limit: int
    ) -> list[tuple[ShadowAnswer, Answered]]:
        said = _said_by(model, role, version)
        query = (
            ANSWERED.add_columns(shadow_answers.c.value, shadow_answers.c.probabilities, shadow_answers.c.confidence)
            .join(shadow_answers, and_(said, shadow_answers.c.prediction_id == predictions.c.id))
            .where(predictions.c.model == model, labels.c.arrival.is_not(None))
            .order_by(predictions.c.seq.desc())
            .limit(limit)
        )
        with reading(self._engine) as connection:
            found = [_to_pair(row, role, version) for row in connection.execute(query)]
        return found[::-1]

    def count(self, model: str, role: AppointmentRole, version: int) -> int:
        with reading(self._engine) as connection:
            query = select(func.count()).select_from(shadow_answers).where(_said_by(model, role, version))
            return connection.execute(query).scalar_one()

    def said(self, model: str, prediction_id: str, versions: Sequence[int]) -> list[ShadowAnswer]:
        kept = shadow_answers.c
        roles = get_args(AppointmentRole)
        one = and_(kept.model == model, kept.role.in_(roles), kept.version.in_(list(versions)))
        query = select(shadow_answers).where(one, kept.prediction_id == prediction_id)
        with reading(self._engine) as connection:
            return [_to_answer(row) for row in connection.execute(query.order_by(kept.role, kept.version))]


def _said_by(model: str, role: AppointmentRole, version: int) -> ColumnElement[bool]:
    said = shadow_answers.c
    return and_(said.model == model, said.role == role, said.version == version)


def _to_answer(row: Row[Any]) -> ShadowAnswer:
    return ShadowAnswer(
        model=row.model,
        prediction_id=row.prediction_id,
        role=row.role,
        version=row.version,
        value=cast("Answer", unpack(row.value)),
        probabilities=None if row.probabilities is None else cast("Mapping[str, float]", unpack(row.probabilities)),
        confidence=row.confidence,
    )


def _to_values(answer: ShadowAnswer) -> tuple[object, ...]:
    probabilities = None if answer.probabilities is None else pack(answer.probabilities)
    return (answer.prediction_id, pack(answer.value), probabilities, answer.confidence)


def _to_pair(row: Row[Any], role: AppointmentRole, version: int) -> tuple[ShadowAnswer, Answered]:
    *answered, value, probabilities, confidence = row
    stood = to_answered(answered)
    said = ShadowAnswer(
        model=stood.prediction.model,
        prediction_id=stood.prediction.id,
        role=role,
        version=version,
        value=cast("Answer", unpack(value)),
        probabilities=None if probabilities is None else cast("Mapping[str, float]", unpack(probabilities)),
        confidence=confidence,
    )
    return said, stood
