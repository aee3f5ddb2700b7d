"""The health of the labels: what was found in them, what is held back, and what was asked for at random."""

from __future__ import annotations

import random
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter
from pydantic import BeforeValidator, Field

from infra.auditing import ask_for_truth
from infra.domain.errors import NotFound
from infra.domain.labelling import Audit, Quarantine
from infra.domain.predictions import Answered
from infra.domain.windows import FeedbackReport, Window
from infra.releasing import release_by_hand
from infra.spec.registered import spec_as_registered
from monitoring.coverage import Coverage, monitoring_coverage
from monitoring.silence import SILENT_AFTER
from monitoring.windowing import labels_due
from services.inference.access import Principal
from services.inference.asking import registered
from services.inference.body import StrictRoute
from services.inference.openapi import problems
from services.inference.problems import clipped
from services.inference.roles import requires
from services.inference.routes.acting import actor_of
from services.inference.routes.reading import Limit, Offset
from services.inference.schemas import Moment, Page, RollbackRequest, Shape, When, whole
from services.inference.service import Service

WINDOWS = 200
_LONGEST_ID = 200
Operator = Annotated[Principal, requires("operate")]


class FeedbackAnswer(Shape):
    """What is known of the labels. Null is unknown, never 0."""

    model: str
    window: int | None
    """The newest window whose labels were reported on."""
    rows: int | None
    report: FeedbackReport | None
    labels: dict[str, int]
    standing: int
    """Quarantines that are not released."""
    coverage: Coverage
    """How much of what should be looked at was looked at."""


class ReleaseRequest(RollbackRequest):
    """A person's word that the labels are right."""


class AuditRequest(Shape):
    """How many rows to draw, and of which."""

    rows: Annotated[int, Field(ge=1, le=1000), BeforeValidator(whole)]
    """How many rows to draw."""
    since: Moment | None = None
    """Rows since this event time, ISO 8601 with a zone; the newest 10,000 when absent."""
    time: When = None


class AuditAnswer(Shape):
    """The rows whose truth is wanted: label them by their ids."""

    model: str
    asked_at: datetime
    rows: list[Answered]


def router(service: Service) -> APIRouter:
    """The routes, bound to one service."""
    routes = APIRouter(
        prefix="/v1/models", tags=["feedback"], route_class=StrictRoute, responses=problems(404, 422, 503)
    )
    _add_reading(routes, service)
    _add_acting(routes, service)
    return routes


def _add_reading(routes: APIRouter, service: Service) -> None:
    ports = service.ports

    @routes.get("/{model}/feedback", dependencies=[requires("read")], summary="How healthy the labels are")
    def feedback(model: str) -> FeedbackAnswer:
        """How late they come, who tells them, where sources contradict each other, and what is held back."""
        return describe(service, model)

    @routes.get("/{model}/quarantines", dependencies=[requires("read")], summary="Labels held back from training")
    def quarantines(model: str, limit: Limit = 50, offset: Offset = 0) -> Page[Quarantine]:
        """Bursts of labels that contradict what is known, released ones among them."""
        found = ports.quarantines.page(registered(service, model).name, limit, offset)
        return Page(items=found, limit=limit, offset=offset)

    @routes.get("/{model}/audits", dependencies=[requires("read")], summary="Rows whose truth was asked for")
    def audits(model: str, limit: Limit = 50, offset: Offset = 0) -> Page[Audit]:
        """Those drawn by `POST …/audits`, labelled or not."""
        found = ports.audits.page(registered(service, model).name, limit, offset)
        return Page(items=found, limit=limit, offset=offset)


def _add_acting(routes: APIRouter, service: Service) -> None:
    acting = problems(400, 409, 413, 415)

    @routes.post("/{model}/quarantines/{quarantine_id}/release", responses=acting, summary="These labels are right")
    def release(model: str, quarantine_id: str, said: ReleaseRequest, who: Operator) -> Quarantine:
        """They may be learnt from again, those of the same stretch that are still to come included."""
        return release_by_hand(
            service.ports,
            registered(service, model).name,
            _plain(quarantine_id),
            actor=actor_of(who, said),
            reason=said.reason,
            at=said.time or service.clock(),
        )

    @routes.post(
        "/{model}/audits",
        responses=acting,
        dependencies=[requires("operate")],
        summary="Draw rows at random whose truth is wanted",
    )
    def ask(model: str, wish: AuditRequest) -> AuditAnswer:
        """Each recent row without a label is as likely as any other; their labels stand for all rows."""
        at, name = wish.time or service.clock(), registered(service, model).name
        drawn = ask_for_truth(service.ports, name, wish.rows, at=at, chance=random.SystemRandom(), since=wish.since)
        return AuditAnswer(model=name, asked_at=at, rows=drawn)


def _plain(quarantine_id: str) -> str:
    """Raises NotFound for what can be no id."""
    if len(quarantine_id) > _LONGEST_ID or not quarantine_id.isprintable():
        raise NotFound(f"there is no quarantine {clipped(quarantine_id)!r}: GET /v1/models/NAME/quarantines lists them")
    return quarantine_id


def describe(service: Service, model: str) -> FeedbackAnswer:
    """One model's labels as the API shows them. Blocks on the database."""
    known, ports = registered(service, model), service.ports
    windows = ports.windows.page(model, WINDOWS)
    spec = spec_as_registered(known.spec_yaml, model)
    heard = next((window for window in windows if window.feedback is not None), None)
    now = service.clock()

    def due(window: Window) -> bool:
        return labels_due(window, spec, now=now, arrived_after=ports.predictions.count_after(model, window.last_seq))

    return FeedbackAnswer(
        model=model,
        window=heard.index if heard else None,
        rows=heard.rows if heard else None,
        report=heard.feedback if heard else None,
        labels=dict(ports.labels.counts(model)),
        standing=len(ports.quarantines.standing(model)),
        coverage=monitoring_coverage(
            model,
            [one.name for one in ports.models.all()],
            ports.heartbeats.all(),
            windows,
            now=now,
            silent_after=SILENT_AFTER,
            due=due,
        ),
    )
