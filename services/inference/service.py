"""Everything the routes share, as one value, built once for each app."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from infra.ports import Ports
from infra.settings import Settings
from infra.signing import installation_signer
from infra.spill.spilling import SpillingPredictions
from services.inference.access import Access, is_open
from services.inference.accounting import Accounting, Reading
from services.inference.metrics import Metrics
from services.inference.notifying import Notifier
from services.inference.pipeline import Pipeline
from services.inference.prediction_log import PredictionLog
from services.inference.predictor import Predictor
from services.inference.reloader import Reloader
from services.inference.sessions import Sessions
from services.inference.shadowing import Shadowing
from services.inference.trusted_proxy import trusted_proxy
from services.inference.vigil import Vigil
from services.inference.watching import Watching


def wall_clock() -> datetime:
    """The machine's time: the event time of a row that names none, and of what a person does now."""
    return datetime.fromtimestamp(time.time(), UTC)


@dataclass(frozen=True, kw_only=True)
class Service:
    """One inference service."""

    ports: Ports
    settings: Settings
    predictor: Predictor
    spill: SpillingPredictions
    log: PredictionLog
    pipeline: Pipeline
    shadows: Shadowing
    reloader: Reloader
    access: Access
    vigil: Vigil
    watching: Watching
    notifier: Notifier
    accounting: Accounting
    metrics: Metrics
    clock: Callable[[], datetime]


def build_service(ports: Ports, settings: Settings, clock: Callable[[], datetime]) -> Service:
    """The parts of one service, put together; nothing is started."""
    metrics, predictor = Metrics(), Predictor()
    spill = SpillingPredictions(
        ports.predictions, settings.spill, settings.max_spill_bytes, on_change=metrics.spill_bytes.set
    )
    log = PredictionLog(spill, on_commit=metrics.commit_rows.observe)
    metrics.watch_queue(lambda: log.depth)
    metrics.spill_refused.set_function(lambda: spill.rows_refused)
    shadows = Shadowing(predictor, ports.shadows, metrics)

    def read() -> Reading:
        rows = metrics.hot.rows_answered()
        return Reading(cpu_seconds=time.process_time(), rows=rows, shadow_seconds=dict(shadows.cpu_seconds))

    return Service(
        ports=ports,
        settings=settings,
        predictor=predictor,
        spill=spill,
        log=log,
        pipeline=Pipeline(log, metrics.unstored.inc),
        shadows=shadows,
        reloader=Reloader(ports, predictor, metrics, settings),
        access=Access(
            ports.keys,
            open=is_open(settings),
            requests_per_minute=settings.requests_per_minute,
            own_hosts_only=is_open(settings) and not settings.allow_public,
            sessions=Sessions(installation_signer(settings), seconds=settings.session_hours * 3600),
            proxy=trusted_proxy(settings),
        ),
        vigil=Vigil(ports, clock),
        watching=Watching(ports),
        notifier=Notifier(ports, settings, clock),
        accounting=Accounting(ports, read, clock),
        metrics=metrics,
        clock=clock,
    )
