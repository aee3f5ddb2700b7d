"""Places in the order in which labels join their predictions. The caller holds the lock of the model's order."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, and_, bindparam, select, update

from infra.stores.rows import chunks
from infra.tables import IS_WAITING, labels, sequences


def take_places(connection: Connection, model: str, places: int) -> int:
    """Take that many; returns the last that was taken before."""
    taken = update(sequences).where(sequences.c.model == model).values(joined=sequences.c.joined + places)
    last: int = connection.execute(taken.returning(sequences.c.joined)).scalar_one()
    return last - places


def join_waiting(connection: Connection, model: str, ids: Sequence[str]) -> None:
    """Join the labels that wait for these predictions, corrections of them included, in order of arrival."""
    arrivals: list[int] = []
    for some in chunks(ids):
        found = and_(labels.c.model == model, IS_WAITING, labels.c.prediction_id.in_(some))
        arrivals += connection.scalars(select(labels.c.arrival).where(found))
    if not arrivals:
        return
    last = take_places(connection, model, len(arrivals))
    joined = [{"one": arrival, "at": place} for place, arrival in enumerate(sorted(arrivals), start=last + 1)]
    one = labels.c.arrival == bindparam("one")
    connection.execute(update(labels).where(one).values(is_waiting=False, place=bindparam("at")), joined)
