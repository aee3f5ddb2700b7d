"""The sections `labels`, `monitoring` and `alerts` of a model file: how truth arrives, what is judged, who is told."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Literal

from pydantic import Field

from infra.spec.section import Price, Section, Share
from infra.spec.spans import Span


class Labels(Section):
    """How truth arrives."""

    expected_delay: Span | None = None
    """How long after an answer its truth is known; omitted: one window."""
    cost_each: Price | None = None
    """The price of one label; omitted: labels are counted, and unpriced."""
    golden: str | None = None
    """A file of rows whose truth somebody stands for: no candidate may be worse on them."""


class Monitoring(Section):
    """When a window is judged, and what counts as worse."""

    window: Span = Span(rows=500)
    """What is judged together."""
    tolerance: Annotated[float, Field(gt=0.0, lt=1.0)] = 0.03
    """Loss of accuracy (points, as a share) or relative rise of MAE that is still accepted."""
    alpha: Annotated[float, Field(gt=0.0, lt=0.5)] = 0.01
    """Chance of a false alarm."""
    minimum_rows: Annotated[int, Field(ge=2)] = 30
    """Windows with fewer rows or labels say `not enough data`."""
    drift_effect: Share = 0.1
    """Shifts smaller than this (0..1) are not called drift, however significant."""
    drift_share: Share = 0.3
    """Share of drifted columns that raises an alert."""
    reports: Literal["every", "alerts", "none"] = "every"
    """For which windows Evidently's own page is kept."""


RuleName = Literal[
    "accuracy_degraded",
    "estimate_degraded",
    "input_drift",
    "prediction_drift",
    "new_categories",
    "data_quality",
    "weak_slice",
    "labels_missing",
    "labels_late",
    "labels_biased",
    "labels_suspect",
    "new_classes",
    "labels_quarantined",
    "promotion_forced",
    "no_traffic",
    "no_labels",
    "monitor_silent",
    "monitor_failed",
    "schedule_stopped",
    "retraining_failed",
    "reference_old",
    "delivery_failed",
    "budget",
]


class AlertRule(Section):
    """How one rule becomes an alert; what is omitted stays as keepsharp has it."""

    enabled: bool = True
    """`false`: nobody is told."""
    severity: Literal["info", "warning", "critical"] | None = None
    """How grave it is; omitted: as grave as keepsharp has it."""
    open_after: Annotated[int, Field(ge=1)] = 1
    """Judgements in a row that must break the rule before anybody is told."""
    keep_firing_for: Annotated[int, Field(ge=1)] = 2
    """Judgements in a row without a breach before the alert resolves."""
    runbook: str = ""
    """Where it says what to do; empty: keepsharp's own page."""


class Alerts(Section):
    """Who is told what, and how often."""

    rules: dict[RuleName, AlertRule] = {}
    """Rules that differ from keepsharp's own."""
    notify: list[
        Annotated[
            str,
            Field(
                pattern=r"^[a-z0-9][a-z0-9_-]{0,62}$",
                json_schema_extra={"accepted": "a name to which KEEPSHARP_TARGETS gives an address, such as `oncall`"},
            ),
        ]
    ] = []
    """Names that the operator gave to addresses (`KEEPSHARP_TARGETS`)."""
    owner: str | None = None
    """Who looks after alerts; omitted: the model's owner."""
    least_severity: Literal["info", "warning", "critical"] = "warning"
    """Notices are sent for alerts at least this severe."""
    group_every: Span = Span(duration=timedelta(minutes=5))
    """Alerts of one model and severity that open within this time are told together."""
    remind_every: Span = Span(duration=timedelta(hours=4))
    """An alert that still stands is told again after so long."""
    no_traffic: Span | None = None
    """Silence of the traffic that is an alarm; omitted: four times the longest usual gap."""
    no_labels: Span | None = None
    """Silence of the labels that is an alarm; omitted: four times their expected delay."""
    reference_age: Span | None = None
    """How old the reference may grow; omitted: no limit."""
