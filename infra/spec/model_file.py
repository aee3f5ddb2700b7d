"""The model file's shape (pydantic). Unknown keys are errors; every default is here and nowhere else.

It knows nothing of YAML, lines or data: `infra.spec.reading` reads a file and says where each mistake is,
`infra.history` reads the data.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from infra.spec.agreement import disagreements
from infra.spec.spans import Span


def _moment(value: object) -> object:
    try:
        return datetime.fromisoformat(value) if isinstance(value, str) else value
    except ValueError as error:
        raise ValueError(f"must be a time such as `2024-01-31T08:00:00Z`; got `{value}`") from error


FeatureKind = Literal["numeric", "categorical", "boolean"]
Share = Annotated[float, Field(ge=0.0, le=1.0)]
Price = Annotated[float, Field(ge=0.0)]
ImportPath = Annotated[
    str, Field(pattern=r"^[A-Za-z_][\w.]*:[A-Za-z_]\w*$", json_schema_extra={"accepted": "`package.module:name`"})
]
ModelName = Annotated[
    str,
    Field(
        pattern=r"^[a-z0-9][a-z0-9_-]{0,62}$",
        json_schema_extra={
            "accepted": "a name of up to 63 small letters, digits, `-` and `_`, beginning with a letter or a digit"
        },
    ),
]
Moment = Annotated[datetime, BeforeValidator(_moment)]
Currency = Annotated[
    str, Field(pattern=r"^[A-Z]{3}$", json_schema_extra={"accepted": "three capital letters such as `USD`"})
]


class Section(BaseModel):
    """A part of the model file: frozen, and closed to unknown keys."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class Data(Section):
    """Where the labelled history comes from, and what its columns mean."""

    source: Annotated[
        str, Field(json_schema_extra={"accepted": "the name of a data file, `openml:NAME`, or a database URL"})
    ]
    """CSV, CSV.gz, Parquet, NPZ, `openml:NAME`, or a database URL with `query`; relative to the model file."""
    target: Annotated[str, Field(json_schema_extra={"accepted": "the name of the column with the truth"})]
    query: str | None = None
    time: str | None = None
    """Event time column; omitted: file order is time order."""
    time_format: str | None = None
    """strptime format, or `ISO8601`; omitted: found from the data, and refused when it is ambiguous."""
    time_zone: str = "UTC"
    """Zone of times that carry none."""
    time_start: Moment | None = None
    """Without a time column: when the first row happened; omitted: 2000-01-01."""
    time_step: Span | None = None
    """Without a time column: from one row to the next; omitted: one minute."""
    positive: str | None = None
    """The class whose catch rate matters; binary tasks."""
    features: dict[str, FeatureKind] | None = None
    """Omitted: all other columns, inferred and then frozen."""
    ignore: list[str] = []
    """Columns that are never features."""
    slices: list[str] = []
    images: str | None = None
    """NPZ: the array of pictures, n × height × width [× channel]."""


class Learner(Section):
    """What network learns, and how."""

    network: Literal["mlp", "cnn"] | ImportPath | None = None
    """Omitted: `cnn` when there are pictures, else `mlp`."""
    hidden: list[Annotated[int, Field(ge=1, le=8192)]] = [64, 64]
    dropout: Annotated[float, Field(ge=0.0, lt=1.0)] = 0.0
    start: Literal["warm", "scratch"] = "warm"
    epochs: Annotated[int, Field(ge=1)] = 40
    patience: Annotated[int, Field(ge=1)] = 6
    """Epochs without improvement on the time-forward validation rows before training stops."""
    batch_size: Annotated[int, Field(ge=1)] = 256
    learning_rate: Annotated[float, Field(gt=0.0)] = 0.002
    weight_decay: Annotated[float, Field(ge=0.0)] = 0.0001
    class_weights: Literal["none", "balanced"] = "balanced"
    """`balanced` weighs classes by the square root of inverse frequency; `none` leaves them."""
    device: Literal["auto", "cpu", "cuda"] = "auto"
    seed: Annotated[int, Field(ge=0, lt=2**32)] = 0


class Serving(Section):
    """How answers are given and kept."""

    logging: Literal["durable", "relaxed"] = "durable"
    """`relaxed` answers before the prediction is on disk: a crash may lose the last moments."""
    abstain_below: Share | None = None
    """Answers less confident than this are marked `abstained` and come first in the labelling queue."""
    shadow: Share = 0.1
    """Share of the traffic that a challenger answers unseen."""
    canary: Share = 0.0
    """Share of the ids that a challenger answers instead of the champion."""


class Labels(Section):
    """How truth arrives."""

    expected_delay: Span | None = None
    """Omitted: one window."""
    cost_each: Price = 0.0
    golden: str | None = None


class Monitoring(Section):
    """When a window is judged, and what counts as worse."""

    window: Span = Span(rows=500)
    tolerance: Annotated[float, Field(gt=0.0, lt=1.0)] = 0.03
    """Loss of accuracy (points, as a share) or relative rise of MAE that is still accepted."""
    alpha: Annotated[float, Field(gt=0.0, lt=0.5)] = 0.01
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
    "labels_quarantined",
    "no_traffic",
    "no_labels",
    "monitor_silent",
    "monitor_failed",
    "schedule_stopped",
    "reference_old",
    "delivery_failed",
]


class AlertRule(Section):
    """How one rule becomes an alert; what is omitted stays as keepsharp has it."""

    enabled: bool = True
    severity: Literal["info", "warning", "critical"] | None = None
    open_after: Annotated[int, Field(ge=1)] = 1
    """Judgements in a row that must break the rule before anybody is told."""
    keep_firing_for: Annotated[int, Field(ge=1)] = 2
    """Judgements in a row without a breach before the alert resolves."""
    runbook: str = ""


class Alerts(Section):
    """Who is told what, and how often."""

    rules: dict[RuleName, AlertRule] = {}
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
    no_traffic: Span | None = None
    """Silence of the traffic that is an alarm; omitted: four times the longest usual gap."""
    no_labels: Span | None = None
    """Silence of the labels that is an alarm; omitted: four times their expected delay."""
    reference_age: Span | None = None
    """How old the reference may grow; omitted: no limit."""


class Retraining(Section):
    """When to retrain, and on how much."""

    policy: Literal["cost_aware", "degradation", "drift", "every", "never"] | ImportPath = "cost_aware"
    every: Span | None = None
    """For the policy `every`; omitted: two windows."""
    schedule: str | None = None
    """Cron expression in event time, beside the policy."""
    min_labels: Annotated[int, Field(ge=1)] = 200
    replay: Annotated[float, Field(ge=0.0)] = 1.0
    """Earlier rows drawn for each new one."""
    cool_down: Span | None = None


class Promotion(Section):
    """What a candidate has to show."""

    confidence: Annotated[float, Field(gt=0.5, lt=1.0)] = 0.99
    max_negative_flips: Share = 0.02
    """Share of rows the champion had right and the candidate has wrong, beyond those gained."""
    max_slice_drop: Share = 0.05
    approval: Literal["auto", "manual"] = "auto"
    """`manual`: a candidate that passes waits for `keepsharp promote`."""
    probation: Span | None = None
    """A number of rows; omitted: two windows, or 1,000 rows where windows are cut by time."""


class Costs(Section):
    """Prices. Nothing is invented: what has no price costs 0 and is shown as unpriced."""

    currency: Currency = "USD"
    cpu_hour: Price = 0.05
    gpu_hour: Price = 2.50
    energy_kwh: Price = 0.15
    staff_hour: Price = 60.0
    wrong_decision: Price | None = None


class MonthlyBudget(Section):
    """What may be spent in a calendar month."""

    monthly: Price
    when_exceeded: Literal["defer", "alert", "approve"] = "defer"


class ModelSpec(Section):
    """One model file."""

    model: ModelName
    task: Literal["classification", "regression"]
    data: Data
    owner: str = "unowned"
    cost_center: str = "unassigned"
    learner: Learner = Learner()
    baseline: Literal["logistic_regression", "ridge", "majority", "mean", "last_value"] | ImportPath | None = None
    """Omitted: `logistic_regression`, or `ridge` for regression."""
    serving: Serving = Serving()
    labels: Labels = Labels()
    monitoring: Monitoring = Monitoring()
    alerts: Alerts = Alerts()
    retraining: Retraining = Retraining()
    promotion: Promotion = Promotion()
    costs: Costs = Costs()
    budget: MonthlyBudget | None = None

    @property
    def label_delay(self) -> Span:
        """The expected delay in force."""
        return self.labels.expected_delay or self.monitoring.window

    @property
    def network(self) -> str:
        """The network in force."""
        return self.learner.network or ("cnn" if self.data.images else "mlp")

    @property
    def baseline_in_force(self) -> str:
        """The baseline in force."""
        return self.baseline or ("logistic_regression" if self.task == "classification" else "ridge")

    @model_validator(mode="after")
    def _parts_agree(self) -> Self:
        found = disagreements(self.model_dump(exclude_unset=True))
        if found:
            raise ValueError("; ".join(f"{'.'.join(map(str, place))} {text}" for place, text in found))
        return self
