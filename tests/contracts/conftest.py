"""One `ports` for each adapter: the double, SQLite, PostgreSQL."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import Engine

from infra.memory import memory_ports
from infra.ports import Ports
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


@pytest.fixture(params=["memory", "sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def ports(request: pytest.FixtureRequest, tmp_path: Path) -> Ports:
    """Empty ports; tracker and registry are the doubles, which have suites of their own."""
    doubles = memory_ports(tmp_path / "artifacts")
    if request.param == "memory":
        return doubles
    engine: Engine = request.getfixturevalue(f"{request.param}_engine")
    return replace(
        doubles,
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
        storage=SqlStorage(engine, tmp_path / "snapshots", tmp_path / "artifacts"),
        leases=SqlLeases(engine),
        snapshots=ParquetSnapshots(tmp_path / "snapshots"),
    )
