"""Training runs in the database. Knows nothing of training."""

from __future__ import annotations

from sqlalchemy import Engine, Select, select

from infra.domain.decisions import TrainingRun
from infra.stores.leases import refuse_fenced
from infra.stores.records import to_row
from infra.stores.refusals import no_run
from infra.stores.rows import records, replace
from infra.tables import runs
from infra.transactions import reading, writing


class SqlRuns:
    """The port `Runs` on SQLAlchemy."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def save(self, run: TrainingRun, fencing_token: int | None = None) -> None:
        with writing(self._engine) as connection:
            refuse_fenced(connection, run.model, fencing_token)
            replace(connection, runs, ["id"], to_row(run))

    def get(self, run_id: str) -> TrainingRun:
        found = self._found(select(runs).where(runs.c.id == run_id))
        if not found:
            raise no_run(run_id)
        return found[0]

    def page(self, model: str, limit: int, offset: int = 0) -> list[TrainingRun]:
        query = select(runs).where(runs.c.model == model)
        return self._found(query.order_by(runs.c.at.desc(), runs.c.arrival.desc()).limit(limit).offset(offset))

    def _found(self, query: Select[tuple[object, ...]]) -> list[TrainingRun]:
        with reading(self._engine) as connection:
            return records(connection, query, TrainingRun)
