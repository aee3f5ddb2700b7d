"""Records with sensible contents; a test names only what it is about."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from infra.domain.access import ApiKey
from infra.domain.alerts import Alert, Heartbeat, Notice, Trigger
from infra.domain.corrections import (
    CorrectedRow,
    CorrectionLedger,
    CorrectionTest,
    LayerBlame,
    MovedBy,
    PartCounts,
    Pusher,
    Reading,
)
from infra.domain.costs import CostEntry
from infra.domain.decisions import Candidate, Champion, PromotionDecision, Reason, TrainingRun
from infra.domain.holdouts import HoldoutUse
from infra.domain.labelling import AlarmState, Audit, Quarantine
from infra.domain.predictions import Label, Prediction
from infra.domain.shadows import Appointment, ShadowAnswer
from infra.domain.windows import (
    ColumnDrift,
    DriftReport,
    FeedbackReport,
    PerformanceReport,
    QualityFinding,
    SliceScore,
    WeakSlice,
    Window,
)

NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


def after(hours: float) -> datetime:
    return NOON + timedelta(hours=hours)


def prediction(name: str, **changes: Any) -> Prediction:
    fields: dict[str, Any] = {
        "model": "grid",
        "id": name,
        "time": NOON,
        "features": {"load": 1.5},
        "value": "UP",
        "version": 1,
    }
    return Prediction(**(fields | changes))


def label(name: str, value: str | float = "UP", **changes: Any) -> Label:
    fields: dict[str, Any] = {"model": "grid", "prediction_id": name, "value": value, "time": NOON}
    return Label(**(fields | changes))


def appointment(role: str, **changes: Any) -> Appointment:
    fields: dict[str, Any] = {"model": "grid", "role": role, "version": 2, "sha256": f"hash of {role}", "since": NOON}
    return Appointment(**(fields | changes))


def shadow_answer(name: str, **changes: Any) -> ShadowAnswer:
    fields: dict[str, Any] = {
        "model": "grid",
        "prediction_id": name,
        "role": "challenger",
        "version": 2,
        "value": "UP",
    }
    return ShadowAnswer(**(fields | changes))


def api_key(name: str, **changes: Any) -> ApiKey:
    fields: dict[str, Any] = {
        "id": name,
        "name": name,
        "roles": ("predict",),
        "digest": "ab" * 32,
        "created_at": NOON,
    }
    return ApiKey(**(fields | changes))


def window(index: int, **changes: Any) -> Window:
    fields: dict[str, Any] = {
        "model": "grid",
        "index": index,
        "first_seq": index * 100 + 1,
        "last_seq": index * 100 + 100,
        "start": after(index),
        "end": after(index + 1),
        "rows": 100,
        "versions": (1, 2),
        "state": "final",
    }
    return Window(**(fields | changes))


def drift() -> DriftReport:
    moved = ColumnDrift(
        column="prix d'été",
        role="feature",
        method="ks",
        score=0.1 + 0.2,
        threshold=0.05,
        p_value=None,
        effect=1e-17,
        drifted=True,
        weight=0.25,
    )
    missing = QualityFinding(column=None, kind="duplicates", share=0.3, text="3 of 10 rows came twice")
    return DriftReport(
        reference_rows=500,
        current_rows=100,
        columns=(moved,),
        not_judged={"empty": "no values"},
        sampled="100 of 900 rows: off by up to 0.1",
        quality=(missing,),
    )


def performance() -> PerformanceReport:
    return PerformanceReport(
        kind="measured",
        metric="accuracy",
        value=0.9,
        low=0.85,
        high=1.0,
        rows=100,
        labelled=80,
        confident_errors=3,
        slices=(SliceScore(column="region", value="north", rows=40, score=0.75),),
        others={"f1": 0.88, "auc": 1.0},
        weak=(WeakSlice(where="load > 2", rows=30, score=0.5, elsewhere=0.95, p_value=0.001, confirmed=True),),
        biased="only rows with a complaint were labelled",
        note="it cannot see that the same inputs mean something else",
    )


def feedback() -> FeedbackReport:
    return FeedbackReport(
        labelled=80,
        delay_median_seconds=3600.0,
        delay_p90_seconds=None,
        disagreements=2,
        sources={"api": 70, "audit": 10},
        one_sided="refused rows have no labels",
        audited=10,
        suspects=1,
        quarantined=4,
    )


def alert(name: str, **changes: Any) -> Alert:
    fields: dict[str, Any] = {
        "id": name,
        "model": "grid",
        "rule": "accuracy",
        "severity": "critical",
        "state": "open",
        "dedup_key": f"grid/{name}",
        "opened_at": NOON,
        "updated_at": NOON,
        "message": "accuracy fell",
        "evidence": {"accuracy": 0.7, "rows": 100, "window": "3", "estimate": None, "limit": 1.0},
    }
    return Alert(**(fields | changes))


def notice(name: str, **changes: Any) -> Notice:
    fields: dict[str, Any] = {
        "id": name,
        "model": "grid",
        "alert_ids": ("a", "b"),
        "group": "grid/critical",
        "target": "desk",
        "event": "opened",
        "subject": "accuracy fell",
        "body": "It is 0.7.\nSee the runbook.",
        "created_at": NOON,
        "not_before": NOON,
    }
    return Notice(**(fields | changes))


def heartbeat(name: str, **changes: Any) -> Heartbeat:
    fields: dict[str, Any] = {"name": name, "model": "grid", "at": NOON, "ok": True}
    return Heartbeat(**(fields | changes))


def quarantine(name: str, first_place: int, last_place: int, **changes: Any) -> Quarantine:
    fields: dict[str, Any] = {
        "id": name,
        "model": "grid",
        "at": NOON,
        "reason": "the gauge was off",
        "first_place": first_place,
        "last_place": last_place,
    }
    return Quarantine(**(fields | changes))


def audit(name: str, **changes: Any) -> Audit:
    fields: dict[str, Any] = {"model": "grid", "prediction_id": name, "asked_at": NOON, "random": True}
    return Audit(**(fields | changes))


def alarm_state(place: int, **changes: Any) -> AlarmState:
    fields: dict[str, Any] = {
        "model": "grid",
        "version": 1,
        "decision_id": "first",
        "place": place,
        "detectors": {"cusum": {"sum": 0.1 + 0.2, "rows": 7.0}, "new": {}},
    }
    return AlarmState(**(fields | changes))


def trigger(name: str, **changes: Any) -> Trigger:
    fields: dict[str, Any] = {
        "id": name,
        "model": "grid",
        "at": NOON,
        "source": "alert",
        "state": "requested",
        "reason": "accuracy fell",
        "policy": "cost_aware",
        "evidence": {"gain": 3.0, "cost": 2},
    }
    return Trigger(**(fields | changes))


def run(name: str, **changes: Any) -> TrainingRun:
    fields: dict[str, Any] = {
        "id": name,
        "model": "grid",
        "at": NOON,
        "trigger_id": "t",
        "state": "running",
        "start": "warm:3",
        "rows": 400,
        "snapshot": "ab" * 32,
        "seed": 2**40,
        "data_start": after(-5),
        "data_end": None,
    }
    return TrainingRun(**(fields | changes))


def candidate(version: int, **changes: Any) -> Candidate:
    fields: dict[str, Any] = {
        "model": "grid",
        "version": version,
        "sha256": f"hash {version}",
        "run_id": f"run {version}",
        "created_at": NOON,
    }
    return Candidate(**(fields | changes))


def champion(version: int, **changes: Any) -> Champion:
    fields: dict[str, Any] = {
        "model": "grid",
        "version": version,
        "sha256": f"hash {version}",
        "since": NOON,
        "since_seq": 10,
        "accepted": 0.9,
        "decision_id": f"decision {version}",
    }
    return Champion(**(fields | changes))


def decision(version: int, **changes: Any) -> PromotionDecision:
    reason = Reason(rule="floor", passed=True, figure=0.9, limit=None, text="0.90 is above the floor.")
    fields: dict[str, Any] = {
        "id": f"decision {version}",
        "model": "grid",
        "at": after(version),
        "kind": "promote",
        "version": version,
        "previous_version": None,
        "reasons": (reason, reason),
    }
    return PromotionDecision(**(fields | changes))


def cost(name: str, **changes: Any) -> CostEntry:
    fields: dict[str, Any] = {
        "id": name,
        "model": "grid",
        "run_id": "run",
        "stage": "train",
        "at": NOON,
        "quantity": 10.0,
        "unit": "cpu_second",
        "rate": 0.025,
        "amount": 0.25,
        "currency": "EUR",
        "cost_center": "grid",
        "wall_seconds": 6.0,
        "measured": "process time",
    }
    return CostEntry(**(fields | changes))


def ledger(run_id: str, **changes: Any) -> CorrectionLedger:
    fields: dict[str, Any] = {
        "run_id": run_id,
        "model": "grid",
        "at": NOON,
        "before": "version 3",
        "before_version": 3,
        "parts": (PartCounts(part="train", rows=90, mistakes=9, fixed=7, still_wrong=2, broken=1),),
        "layers": (
            LayerBlame(layer="body.0", parameters=640, gradient_share=0.1 + 0.2, weight_change=None),
            LayerBlame(layer="head", parameters=65, gradient_share=None, weight_change=0.25),
        ),
        "mean_loss_before": 1.5,
        "mean_loss_after": None,
        "kept": 2,
        "rule": "confident errors first",
        "influence": "the last layer at 3 moments",
        "tolerance": 4.5,
    }
    return CorrectionLedger(**(fields | changes))


def corrected(place: int, **changes: Any) -> CorrectedRow:
    fields: dict[str, Any] = {
        "run_id": "run",
        "model": "grid",
        "place": place,
        "id": f"p{place}",
        "part": "holdout",
        "time": after(-1),
        "fate": "fixed",
        "truth": "UP",
        "before": Reading(answer="DOWN", truth_probability=0.1, loss=2.3),
        "after": Reading(answer="UP", truth_probability=0.9, loss=0.1),
        "features": {"load": 1.5, "prix d'été": None, "open": True, "day": "2"},
        "moved_by": (MovedBy(feature="load", value=1.5, before=None, after=0.7),),
        "pushers": (Pusher(id="p1", truth="UP", influence=0.1 + 0.2, itself=True),),
        "saliency": "iVBOR",
    }
    return CorrectedRow(**(fields | changes))


def correction_test(name: str, **changes: Any) -> CorrectionTest:
    fields: dict[str, Any] = {
        "model": "grid",
        "prediction_id": name,
        "time": NOON,
        "features": {"load": 1.5, "day": None},
        "truth": "UP",
        "tolerance": None,
        "version": 3,
        "run_id": "run",
        "added_at": NOON,
    }
    return CorrectionTest(**(fields | changes))


def holdout_use(name: str, **changes: Any) -> HoldoutUse:
    fields: dict[str, Any] = {
        "id": name,
        "model": "grid",
        "at": NOON,
        "version": 2,
        "run_id": "run",
        "kind": "window",
        "first_seq": 11,
        "last_seq": 510,
        "rows": 480,
        "sha256": "ab" * 32,
        "alpha": 0.1 + 0.2,
        "later": 0.001,
        "p_value": 1e-300,
        "outcome": "reject",
    }
    return HoldoutUse(**(fields | changes))
