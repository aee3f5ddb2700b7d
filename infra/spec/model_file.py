"""The model file's shape (pydantic), one section a module. Unknown keys are errors; every default is there alone.

It knows nothing of YAML, lines or data: `infra.spec.reading` reads a file and says where each mistake is,
`infra.history` reads the data.
"""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from infra.spec.agreement import disagreements
from infra.spec.data import Data
from infra.spec.evidence import Evidence
from infra.spec.learner import Learner
from infra.spec.money import Costs, MonthlyBudget
from infra.spec.retraining import Promotion, Retraining
from infra.spec.section import ImportPath, Section
from infra.spec.serving import Serving
from infra.spec.spans import Span
from infra.spec.watching import Alerts, Labels, Monitoring

ModelName = Annotated[
    str,
    Field(
        pattern=r"^[a-z0-9][a-z0-9_-]{0,62}$",
        json_schema_extra={
            "accepted": "a name of up to 63 small letters, digits, `-` and `_`, beginning with a letter or a digit"
        },
    ),
]


DEFAULT_PROBATION_ROWS = 1_000
"""Where windows are cut by time."""


class ModelSpec(Section):
    """One model file."""

    model: ModelName
    """What the model is called everywhere: in addresses, in MLflow, in the ledger."""
    task: Literal["classification", "regression"]
    """Whether the truth is a class or a number."""
    data: Data
    """Where the labelled history comes from, and what its columns mean."""
    owner: str = "unowned"
    """Who answers for the model; alerts name them."""
    cost_center: str = "unassigned"
    """Who pays for it."""
    learner: Learner = Learner()
    """What network learns, and how."""
    baseline: Literal["logistic_regression", "ridge", "majority", "mean", "last_value"] | ImportPath | None = None
    """The simple model that the network has to beat; omitted: `logistic_regression`, or `ridge` for regression."""
    serving: Serving = Serving()
    """How answers are given and kept."""
    labels: Labels = Labels()
    """How truth arrives."""
    monitoring: Monitoring = Monitoring()
    """When a window is judged, and what counts as worse."""
    alerts: Alerts = Alerts()
    """Who is told what, and how often."""
    retraining: Retraining = Retraining()
    """When to retrain, and on how much."""
    promotion: Promotion = Promotion()
    """What a candidate has to show."""
    evidence: Evidence = Evidence()
    """What a run's dossier is to answer beyond what the decision needs."""
    costs: Costs = Costs()
    """Prices; what has none is shown as unpriced."""
    budget: MonthlyBudget | None = None
    """What the model may spend in a month; omitted: no limit."""

    @property
    def label_delay(self) -> Span:
        """The expected delay in force."""
        return self.labels.expected_delay or self.monitoring.window

    @property
    def probation_rows(self) -> int:
        """How many arrivals a new champion is on probation for: as the file says, or two windows."""
        span, window = self.promotion.probation, self.monitoring.window.rows
        if span is not None and span.rows is not None:
            return span.rows
        return 2 * window if window is not None else DEFAULT_PROBATION_ROWS

    @property
    def shadow_rows(self) -> int:
        """How many labelled rows a candidate may be in shadow for: as the file says, or four windows."""
        span, window = self.promotion.shadow, self.monitoring.window.rows
        if isinstance(span, Span) and span.rows is not None:
            return span.rows
        return 4 * window if window is not None else 2 * DEFAULT_PROBATION_ROWS

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
