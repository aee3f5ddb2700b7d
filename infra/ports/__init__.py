"""The outside world as the code sees it: every port.

Adapters live beside this package (SQLAlchemy in `stores/`, MLflow in `registry.py` and `tracking.py`);
`memory/` holds a double of each. One contract suite in `tests/contracts` runs on both.
Nothing here knows which adapter answers. All times are event times in UTC, and are passed in.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from infra.ports.access import Keys
from infra.ports.corrections import Corrections, StandingTests
from infra.ports.costs import Costs, Returns, Storage
from infra.ports.deeds import Deeds
from infra.ports.fleet import Fleet
from infra.ports.holdouts import HoldoutUses
from infra.ports.judgements import Alerts, Heartbeats, Outbox, Triggers, Windows
from infra.ports.labelling import AlarmStates, Audits, Quarantines
from infra.ports.stretches import Stretches
from infra.ports.tracking import Registry, Snapshots, TrackedRun, Tracking
from infra.ports.traffic import Labels, Predictions, Shadows
from infra.ports.versions import Decisions, Lease, Leases, Models, RegisteredModel, Runs, Versions

__all__ = [
    "AlarmStates",
    "Alerts",
    "Audits",
    "Corrections",
    "Costs",
    "Decisions",
    "Deeds",
    "Fleet",
    "Heartbeats",
    "HoldoutUses",
    "Keys",
    "Labels",
    "Lease",
    "Leases",
    "Models",
    "Outbox",
    "Ports",
    "Predictions",
    "Quarantines",
    "RegisteredModel",
    "Registry",
    "Returns",
    "Runs",
    "Shadows",
    "Snapshots",
    "StandingTests",
    "Storage",
    "Stretches",
    "TrackedRun",
    "Tracking",
    "Triggers",
    "Versions",
    "Windows",
]


@dataclass(frozen=True, kw_only=True)
class Ports:
    """Everything outside, as one value. `infra.wiring.build_ports` makes the real one."""

    models: Models
    predictions: Predictions
    stretches: Stretches
    labels: Labels
    shadows: Shadows
    keys: Keys
    quarantines: Quarantines
    audits: Audits
    alarm_states: AlarmStates
    heartbeats: Heartbeats
    windows: Windows
    alerts: Alerts
    outbox: Outbox
    triggers: Triggers
    runs: Runs
    versions: Versions
    decisions: Decisions
    corrections: Corrections
    standing_tests: StandingTests
    holdout_uses: HoldoutUses
    deeds: Deeds
    fleet: Fleet
    costs: Costs
    storage: Storage
    returns: Returns
    leases: Leases
    snapshots: Snapshots
    tracking: Tracking
    registry: Registry
    artifacts: Path
    """Folder for pages and reports."""
