"""Traffic in bulk, from the database: aggregates, and rows in columns. Writes nothing.

Blocks are stretches of places, so that each is found by the primary key and no query holds more than one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import cast

from sqlalchemy import BigInteger, ColumnElement, Engine, and_, func, select, type_coerce

from infra.columns import to_microseconds
from infra.domain.predictions import Answered
from infra.domain.stretches import AskedBlock, Extent, JudgedBlock, Stretch, blocks_of
from infra.domain.values import Answer, Features
from infra.stores.features import unpack
from infra.stores.prediction_rows import ANSWERED, to_answered
from infra.stores.rows import CHUNK
from infra.tables import IS_CURRENT, labels, predictions
from infra.transactions import reading


class SqlStretches:
    """The port `Stretches` on SQLAlchemy."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def extent(self, stretch: Stretch) -> Extent | None:
        version, seq, time = predictions.c.version, predictions.c.seq, predictions.c.time
        figures = (version, func.count(), func.min(seq), func.max(seq), func.min(time), func.max(time))
        query = select(*figures).where(*_inside(stretch)).group_by(version).order_by(version)
        with reading(self._engine) as connection:
            found = connection.execute(query).all()
        if not found:
            return None
        versions, counts, firsts, lasts, starts, ends = zip(*found, strict=True)
        return Extent(
            rows=sum(counts),
            first_seq=min(firsts),
            last_seq=max(lasts),
            start=min(starts),
            end=max(ends),
            versions=tuple(versions),
        )

    def at(self, model: str, seqs: Sequence[int]) -> list[Answered]:
        ordered = sorted(set(seqs))
        found: list[Answered] = []
        for start in range(0, len(ordered), CHUNK):
            some = predictions.c.seq.in_(ordered[start : start + CHUNK])
            query = ANSWERED.where(predictions.c.model == model, some).order_by(predictions.c.seq)
            with reading(self._engine) as connection:
                found += [to_answered(row) for row in connection.execute(query)]
        return found

    def asked(self, stretch: Stretch, rows: int) -> Iterator[AskedBlock]:
        columns = (predictions.c.features, predictions.c.value, predictions.c.unknown_categories)
        for block in blocks_of(stretch, rows):
            query = select(*columns).where(*_inside(block, by_place=True)).order_by(predictions.c.seq)
            with reading(self._engine) as connection:
                found = connection.execute(query).all()
            if found:
                features, values, unknown = zip(*found, strict=True)
                yield AskedBlock(
                    features=cast("list[Features]", _unpacked(features)),
                    values=cast("list[Answer]", _unpacked(values)),
                    unknown_categories=sum(len(cast("list[str]", unpack(one))) for one in unknown if one is not None),
                )

    def judged(self, stretch: Stretch, rows: int) -> Iterator[JudgedBlock]:
        columns = (predictions.c.id, predictions.c.value, predictions.c.confidence, labels.c.value)
        with_label = predictions.join(
            labels,
            and_(labels.c.model == predictions.c.model, labels.c.prediction_id == predictions.c.id, IS_CURRENT),
        )
        for block in blocks_of(stretch, rows):
            inside = select(*columns).select_from(with_label).where(*_inside(block, by_place=True))
            with reading(self._engine) as connection:
                found = connection.execute(inside.order_by(predictions.c.seq)).all()
            if found:
                ids, values, confidences, truths = zip(*found, strict=True)
                yield JudgedBlock(
                    ids=ids,
                    values=cast("list[Answer]", _unpacked(values)),
                    confidences=confidences,
                    labels=cast("list[Answer]", _unpacked(truths)),
                )


def _inside(stretch: Stretch, *, by_place: bool = False) -> list[ColumnElement[bool]]:
    """`by_place`: rows are looked up by their places, and their times only looked at."""
    found: list[ColumnElement[bool]] = [predictions.c.model == stretch.model]
    if stretch.first_seq is not None:
        found.append(predictions.c.seq >= stretch.first_seq)
    if stretch.last_seq is not None:
        found.append(predictions.c.seq <= stretch.last_seq)
    time = type_coerce(predictions.c.time, BigInteger)
    looked_at = time + 0 if by_place else time  # a sum is found in no index
    if stretch.start is not None:
        found.append(looked_at >= to_microseconds(stretch.start))
    if stretch.end is not None:
        found.append(looked_at < to_microseconds(stretch.end))
    return found


def _unpacked(texts: Sequence[str]) -> object:
    """Each text's value, read as one text."""
    return unpack(f"[{','.join(texts)}]")
