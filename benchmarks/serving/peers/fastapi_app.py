"""FastAPI as its tutorial has it: pydantic models for the rows, torch, and on request a commit to SQLite.

    python -m benchmarks.serving.peers.fastapi_app PORT WEIGHTS none|request|row [DATABASE]

`request` commits once a request, `row` once a row, both with synchronous=FULL; `none` stores nothing.
"""

from __future__ import annotations

import sqlite3
import sys
import uuid
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

import uvicorn
from fastapi import FastAPI
from pydantic import BaseModel
from sqlalchemy import JSON, create_engine, event
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from benchmarks.serving.peers.network import Network


class Base(DeclarativeBase):
    """The tables of this server."""


class Kept(Base):
    """One answer, with what it was asked."""

    __tablename__ = "predictions"
    id: Mapped[str] = mapped_column(primary_key=True)
    time: Mapped[datetime]
    features: Mapped[dict[str, float]] = mapped_column(JSON)
    value: Mapped[str]
    confidence: Mapped[float]


class Row(BaseModel):
    """One row as it is asked about."""

    features: dict[str, float]


class Question(BaseModel):
    """All rows of a request."""

    rows: list[Row]


class Answer(BaseModel):
    """One answer as it is sent."""

    id: str
    value: str
    confidence: float
    probabilities: dict[str, float]


class Answers(BaseModel):
    """All answers of a request."""

    predictions: list[Answer]


Store = Callable[[Sequence[Kept]], None]


def build(network: Network, store: Store | None) -> FastAPI:
    """The app; without a `store` nothing is kept."""
    app = FastAPI()

    def answer(question: Question) -> list[Answer]:
        rows = [[row.features[name] for name in network.features] for row in question.rows]
        return [_answer(network.classes, shares) for shares in network.probabilities(rows).tolist()]

    if store is None:

        @app.post("/predictions")
        async def predict(question: Question) -> Answers:
            return Answers(predictions=answer(question))

    else:

        @app.post("/predictions")  # a plain function, since a commit blocks: FastAPI runs it in its threads
        def predict_and_keep(question: Question) -> Answers:
            answers = answer(question)
            store([_kept(one, row) for one, row in zip(answers, question.rows, strict=True)])
            return Answers(predictions=answers)

    return app


def open_store(path: Path, commit_each: str) -> Store:
    """A store on SQLite whose commits are on disk when they return."""
    engine = create_engine(f"sqlite:///{path}", connect_args={"timeout": 60})
    event.listen(engine, "connect", _sync_fully)
    Base.metadata.create_all(engine)

    def store(rows: Sequence[Kept]) -> None:
        with Session(engine) as session:
            for row in rows:
                session.add(row)
                if commit_each == "row":
                    session.commit()
            session.commit()

    return store


def _sync_fully(connection: sqlite3.Connection, _: object) -> None:
    connection.execute("PRAGMA synchronous=FULL")


def _answer(classes: Sequence[str], shares: Sequence[float]) -> Answer:
    best = max(range(len(shares)), key=shares.__getitem__)
    probabilities = dict(zip(classes, shares, strict=True))
    return Answer(id=uuid.uuid4().hex, value=classes[best], confidence=shares[best], probabilities=probabilities)


def _kept(answer: Answer, row: Row) -> Kept:
    return Kept(
        id=answer.id,
        time=datetime.now(UTC),
        features=row.features,
        value=answer.value,
        confidence=answer.confidence,
    )


def main(port: int, weights: Path, commit_each: str, database: Path | None) -> None:
    """Serve on loopback, with the options that keepsharp's own server has."""
    store = open_store(database, commit_each) if database else None
    app = build(Network(weights), store)
    uvicorn.run(app, host="127.0.0.1", port=port, log_config=None, access_log=False, server_header=False)


if __name__ == "__main__":
    main(int(sys.argv[1]), Path(sys.argv[2]), sys.argv[3], Path(sys.argv[4]) if len(sys.argv) > 4 else None)
