"""The composition root: settings in, real ports out. Nothing else decides which adapter answers."""

from __future__ import annotations

import os
import threading
from collections import OrderedDict
from pathlib import Path

from sqlalchemy import Engine

from infra.database import open_engine
from infra.migrating import migrate
from infra.ports import Ports, Registry, Tracking
from infra.registry import MlflowRegistry
from infra.settings import Settings
from infra.stores.alerts import SqlAlerts, SqlTriggers
from infra.stores.corrections import SqlCorrections, SqlStandingTests
from infra.stores.costs import SqlCosts
from infra.stores.decisions import SqlDecisions
from infra.stores.deeds import SqlDeeds
from infra.stores.fleet import SqlFleet
from infra.stores.holdouts import SqlHoldoutUses
from infra.stores.keys import SqlKeys
from infra.stores.labelling import SqlAlarmStates, SqlAudits, SqlQuarantines
from infra.stores.labels import SqlLabels
from infra.stores.leases import SqlLeases
from infra.stores.models import SqlModels
from infra.stores.notices import SqlHeartbeats, SqlOutbox
from infra.stores.predictions import SqlPredictions
from infra.stores.returns import SqlReturns
from infra.stores.runs import SqlRuns
from infra.stores.shadows import SqlShadows
from infra.stores.snapshots import ParquetSnapshots
from infra.stores.storage import SqlStorage
from infra.stores.stretches import SqlStretches
from infra.stores.versions import SqlVersions
from infra.stores.windows import SqlWindows
from infra.telemetry import switch_off_telemetry
from infra.tracking import MlflowTracking

_MOST_KEPT = 8
_kept: OrderedDict[Settings, tuple[Ports, Engine, int]] = OrderedDict()
"""The ports that were built, the one asked for last at the end; with each its engine and the process that opened it."""
_building = threading.RLock()


def build_ports(settings: Settings) -> Ports:
    """The real outside world for these settings, migrated to the newest tables; one for each settings.

    Raises:
        Unavailable: the database does not answer.
    """
    with _building:
        if settings not in _kept:
            switch_off_telemetry()
            settings.home.mkdir(parents=True, exist_ok=True, mode=0o700)
            engine = open_engine(settings.database)
            migrate(engine)
            _kept[settings] = _assemble(settings, engine), engine, os.getpid()
        _kept.move_to_end(settings)
        _forget_beyond(_MOST_KEPT)
        return _kept[settings][0]


def forget_ports() -> None:
    """Close what was built and not in use; who asks again gets new ports."""
    with _building:
        _forget_beyond(0)


def _forget_beyond(kept: int) -> None:
    while len(_kept) > kept:
        _, (_, engine, opener) = _kept.popitem(last=False)
        engine.dispose(close=opener == os.getpid())  # a connection that was forked is its opener's to close


def _assemble(settings: Settings, engine: Engine) -> Ports:
    tracking = MlflowTracking(settings.mlflow, settings.artifacts / "mlflow", settings.home.resolve() / "spool")
    return ports_on(engine, settings.snapshots, settings.artifacts, tracking, MlflowRegistry(tracking))


def ports_on(engine: Engine, snapshots: Path, artifacts: Path, tracking: Tracking, registry: Registry) -> Ports:
    """Everything that lies in the database and the folders, beside this tracker and registry."""
    return Ports(
        models=SqlModels(engine),
        predictions=SqlPredictions(engine),
        stretches=SqlStretches(engine),
        labels=SqlLabels(engine),
        shadows=SqlShadows(engine),
        keys=SqlKeys(engine),
        quarantines=SqlQuarantines(engine),
        audits=SqlAudits(engine),
        alarm_states=SqlAlarmStates(engine),
        heartbeats=SqlHeartbeats(engine),
        windows=SqlWindows(engine),
        alerts=SqlAlerts(engine),
        outbox=SqlOutbox(engine),
        triggers=SqlTriggers(engine),
        runs=SqlRuns(engine),
        versions=SqlVersions(engine),
        decisions=SqlDecisions(engine),
        corrections=SqlCorrections(engine),
        standing_tests=SqlStandingTests(engine),
        holdout_uses=SqlHoldoutUses(engine),
        deeds=SqlDeeds(engine),
        fleet=SqlFleet(engine),
        costs=SqlCosts(engine),
        returns=SqlReturns(engine),
        storage=SqlStorage(engine, snapshots, artifacts),
        leases=SqlLeases(engine),
        snapshots=ParquetSnapshots(snapshots),
        tracking=tracking,
        registry=registry,
        artifacts=artifacts,
    )
