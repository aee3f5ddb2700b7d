"""The composition root: settings in, real ports out. Nothing else decides which adapter answers."""

from __future__ import annotations

from functools import lru_cache

from infra.database import open_engine
from infra.migrating import migrate
from infra.ports import Ports
from infra.registry import MlflowRegistry
from infra.settings import Settings
from infra.stores.alerts import SqlAlerts, SqlTriggers
from infra.stores.corrections import SqlCorrections, SqlStandingTests
from infra.stores.costs import SqlCosts
from infra.stores.decisions import SqlDecisions
from infra.stores.deeds import SqlDeeds
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
from infra.stores.versions import SqlVersions
from infra.stores.windows import SqlWindows
from infra.telemetry import switch_off_telemetry
from infra.tracking import MlflowTracking


@lru_cache(maxsize=8)
def build_ports(settings: Settings) -> Ports:
    """The real outside world for these settings, migrated to the newest tables; one for each settings.

    Raises:
        Unavailable: the database does not answer.
    """
    switch_off_telemetry()
    settings.home.mkdir(parents=True, exist_ok=True)
    engine = open_engine(settings.database)
    migrate(engine)
    tracking = MlflowTracking(settings.mlflow, settings.artifacts / "mlflow", settings.home.resolve() / "spool")
    return Ports(
        models=SqlModels(engine),
        predictions=SqlPredictions(engine),
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
        costs=SqlCosts(engine),
        returns=SqlReturns(engine),
        storage=SqlStorage(engine, settings.snapshots, settings.artifacts),
        leases=SqlLeases(engine),
        snapshots=ParquetSnapshots(settings.snapshots),
        tracking=tracking,
        registry=MlflowRegistry(tracking),
        artifacts=settings.artifacts,
    )
