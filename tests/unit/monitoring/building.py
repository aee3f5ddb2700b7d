"""Records for the tests of judgement, each with sensible contents unless a test says otherwise."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from infra.domain.decisions import Champion
from infra.domain.predictions import Answered, Label, Prediction
from infra.domain.values import Answer, Features
from infra.domain.windows import ColumnDrift, DriftReport, PerformanceReport, Window
from infra.spec import ModelSpec
from monitoring.policies import PastRetrain, Situation

START = datetime(2024, 1, 1, tzinfo=UTC)


def spec(task: str = "classification", **sections: object) -> ModelSpec:
    given = {"model": "m", "task": task, "data": {"source": "d.csv", "target": "y"}, **sections}
    return ModelSpec.model_validate(given)


def answered(
    seq: int,
    value: Answer,
    truth: Answer | None,
    *,
    features: Features | None = None,
    probabilities: Mapping[str, float] | None = None,
    minute: float | None = None,
    version: int = 1,
) -> Answered:
    time = START + timedelta(minutes=seq if minute is None else minute)
    confidence = max(probabilities.values()) if probabilities else None
    prediction = Prediction(
        model="m",
        id=f"p{seq}",
        time=time,
        features=features or {},
        value=value,
        version=version,
        probabilities=probabilities,
        confidence=confidence,
    )
    label = None if truth is None else Label(model="m", prediction_id=f"p{seq}", value=truth, time=time)
    return Answered(seq=seq, prediction=prediction, label=label)


def many(right: int, wrong: int, unlabelled: int = 0) -> list[Answered]:
    truths: list[str | None] = ["a"] * right + ["b"] * wrong + [None] * unlabelled
    return [answered(seq, "a", truth) for seq, truth in enumerate(truths, start=1)]


def report(value: float, *, half: float = 0.02, metric: str = "accuracy", rows: int = 500) -> PerformanceReport:
    return PerformanceReport(
        kind="measured",
        metric="mae" if metric == "mae" else "accuracy",
        value=value,
        low=value - half,
        high=value + half,
        rows=rows,
        labelled=rows,
        confident_errors=0,
        slices=(),
        others={},
    )


def window(
    index: int = 0,
    *,
    performance: PerformanceReport | None = None,
    drift: DriftReport | None = None,
    rows: int = 500,
    versions: tuple[int, ...] = (1,),
) -> Window:
    first = 1 + index * rows
    return Window(
        model="m",
        index=index,
        first_seq=first,
        last_seq=first + rows - 1,
        start=START + timedelta(hours=index),
        end=START + timedelta(hours=index + 1),
        rows=rows,
        versions=versions,
        state="final",
        drift=drift,
        performance=performance,
    )


def drifted(flags: Sequence[bool], *, prediction: bool = False, unknown: int = 0) -> DriftReport:
    def column(name: str, moved: bool, role: str) -> ColumnDrift:
        return ColumnDrift(
            column=name,
            role="prediction" if role == "prediction" else "feature",
            method="ks",
            score=0.0,
            threshold=0.01,
            p_value=0.0,
            effect=0.4 if moved else 0.02,
            drifted=moved,
        )

    columns = [column(f"c{place}", moved, "feature") for place, moved in enumerate(flags)]
    columns.append(column("prediction", prediction, "prediction"))
    return DriftReport(reference_rows=500, current_rows=500, columns=tuple(columns), unknown_categories=unknown)


def champion(*, accepted: float = 0.9, version: int = 1, since_seq: int = 0) -> Champion:
    return Champion(
        model="m",
        version=version,
        sha256="0" * 64,
        since=START,
        since_seq=since_seq,
        accepted=accepted,
        decision_id="d",
    )


def past(*, promoted: bool = True, how: str = "warm", cpu: float = 1.0, **known: Any) -> PastRetrain:
    return PastRetrain(
        at=START, how="scratch" if how == "scratch" else "warm", promoted=promoted, cpu_seconds=cpu, **known
    )


def situation(**known: object) -> Situation:
    given: dict[str, object] = {
        "model": "m",
        "at": START + timedelta(days=1),
        "metric": "accuracy",
        "accepted": 0.9,
        "windows": (),
        "alerts": (),
        "trained_at": START,
        "trained_seq": 0,
        "arrivals_since": 1000,
        "new_labels": 1000,
        "past": (),
        "decisions_ahead": 500,
    }
    return Situation(**{**given, **known})  # type: ignore[arg-type]  # a test builder: contents vary by test
