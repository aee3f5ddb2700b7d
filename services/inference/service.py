"""Everything the routes share, as one value, built once for each app."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from infra.ports import Ports
from infra.settings import Settings
from services.inference.metrics import Metrics
from services.inference.prediction_log import PredictionLog
from services.inference.predictor import Predictor
from services.inference.reloader import Reloader


def wall_clock() -> datetime:
    """The machine's time: the event time of a row that names none, and of what a person does now."""
    return datetime.fromtimestamp(time.time(), UTC)


@dataclass(frozen=True, kw_only=True)
class Service:
    """One inference service."""

    ports: Ports
    settings: Settings
    predictor: Predictor
    log: PredictionLog
    reloader: Reloader
    metrics: Metrics
    clock: Callable[[], datetime]


def build_service(ports: Ports, settings: Settings, clock: Callable[[], datetime]) -> Service:
    """The parts of one service, put together; nothing is started."""
    metrics, predictor = Metrics(), Predictor()
    log = PredictionLog(ports.predictions, on_commit=metrics.commit_rows.observe)
    metrics.watch_queue(lambda: log.depth)
    reloader = Reloader(ports, predictor, metrics, settings)
    return Service(
        ports=ports, settings=settings, predictor=predictor, log=log, reloader=reloader, metrics=metrics, clock=clock
    )
