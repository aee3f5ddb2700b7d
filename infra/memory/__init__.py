"""A double of every port, in memory: for tests, for trying things out, and for runs that are meant to be forgotten.

`memory_ports` makes them all. They keep the promises of the ports, save that nothing outlives the process.
"""

from __future__ import annotations

from pathlib import Path

from infra.domain.alerts import Notice
from infra.memory.alerts import MemoryAlerts, MemoryHeartbeats, MemoryOutbox, MemoryTriggers
from infra.memory.corrections import MemoryCorrections, MemoryStandingTests
from infra.memory.costs import MemoryCosts, MemoryReturns, MemoryRuns, MemoryStorage
from infra.memory.deeds import MemoryDeeds
from infra.memory.fleet import MemoryFleet
from infra.memory.holdouts import MemoryHoldoutUses
from infra.memory.keys import MemoryKeys
from infra.memory.labelling import MemoryAlarmStates, MemoryAudits, MemoryQuarantines
from infra.memory.predictions import Ledger, MemoryLabels, MemoryPredictions
from infra.memory.shadows import MemoryShadows
from infra.memory.shelf import Shelf
from infra.memory.stretches import MemoryStretches
from infra.memory.tracking import MemoryRegistry, MemorySnapshots, MemoryTracking
from infra.memory.versions import Court, MemoryDecisions, MemoryLeases, MemoryVersions
from infra.memory.windows import MemoryModels, MemoryWindows
from infra.ports import Ports


def memory_ports(artifacts: Path) -> Ports:
    """Empty doubles; `artifacts` is a folder on disk all the same, since pages and reports are files."""
    deeds = MemoryDeeds()
    ledger, court = Ledger(), Court(deeds)
    predictions = MemoryPredictions(ledger)
    outbox: Shelf[Notice] = Shelf()
    fleet = _fleet(ledger, deeds, court, outbox)
    return Ports(
        models=fleet.models,
        predictions=predictions,
        stretches=MemoryStretches(predictions),
        labels=fleet.labels,
        shadows=MemoryShadows(ledger, court),
        keys=MemoryKeys(deeds),
        quarantines=fleet.quarantines,
        audits=fleet.audits,
        alarm_states=MemoryAlarmStates(),
        heartbeats=MemoryHeartbeats(),
        windows=fleet.windows,
        alerts=fleet.alerts,
        outbox=MemoryOutbox(outbox),
        triggers=fleet.triggers,
        runs=fleet.runs,
        versions=fleet.versions,
        decisions=fleet.decisions,
        corrections=MemoryCorrections(court),
        standing_tests=MemoryStandingTests(court, deeds),
        holdout_uses=MemoryHoldoutUses(court),
        deeds=deeds,
        fleet=fleet,
        costs=fleet.costs,
        storage=MemoryStorage(),
        returns=MemoryReturns(),
        leases=MemoryLeases(court),
        snapshots=MemorySnapshots(artifacts / "snapshots"),
        tracking=MemoryTracking(),
        registry=MemoryRegistry(),
        artifacts=artifacts,
    )


def _fleet(ledger: Ledger, deeds: MemoryDeeds, court: Court, outbox: Shelf[Notice]) -> MemoryFleet:
    """The doubles that are also read all at once."""
    return MemoryFleet(
        models=MemoryModels(deeds),
        windows=MemoryWindows(),
        alerts=MemoryAlerts(outbox, deeds),
        versions=MemoryVersions(court),
        runs=MemoryRuns(court),
        decisions=MemoryDecisions(court),
        triggers=MemoryTriggers(court),
        costs=MemoryCosts(),
        deeds=deeds,
        labels=MemoryLabels(ledger),
        audits=MemoryAudits(),
        quarantines=MemoryQuarantines(ledger, deeds),
    )
