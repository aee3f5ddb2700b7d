"""The Prefect flow around retraining: it gives a retrain a place to be seen, retried and scheduled."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from prefect import flow, task
from prefect.artifacts import create_markdown_artifact
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State

from flows.desk import wall_clock
from flows.progress_flow import epoch_teller
from flows.retraining.pending import answer_pending
from flows.retraining.retrain import Outcome
from flows.workplace import open_desk
from infra.domain.errors import Unavailable
from infra.spec import ModelSpec

RETRY_SECONDS = [2.0, 10.0, 30.0]


def something_was_away(_task: Any, _run: Any, state: State[Any]) -> bool:
    """Retry where something outside did not answer; a refused or hopeless training is not tried again."""
    return isinstance(state.result(raise_on_failure=False), Unavailable)


@task(
    name="train and judge",
    retries=len(RETRY_SECONDS),
    retry_delay_seconds=RETRY_SECONDS,
    retry_condition_fn=something_was_away,
    cache_policy=NO_CACHE,
)
def train_and_judge(model: str, now: datetime) -> Outcome | None:
    """One retraining for every pending trigger of the model; None when none was pending."""
    desk = open_desk(model, on_epoch=epoch_teller(model))
    outcome = answer_pending(desk, now=now)
    if outcome is not None:
        keep_decision_page(desk.spec, outcome)
    return outcome


@flow(name="retrain", flow_run_name="retrain {model}")
def retrain_flow(model: str, now: datetime | None = None) -> str:
    """Answer the pending triggers of `model` with the labels known at `now` (default: this moment).

    Returns the decision in a word: promote, reject, or `nothing to do`.
    """
    outcome = train_and_judge(model, now or wall_clock())
    return "nothing to do" if outcome is None else outcome.decision.kind


def keep_decision_page(spec: ModelSpec, outcome: Outcome) -> None:
    """Keep the decision, its reasons and its price as a page of the flow run."""
    decision, run = outcome.decision, outcome.run
    reasons = "\n".join(f"- {'✓' if one.passed else '✗'} {one.text}" for one in decision.reasons)
    create_markdown_artifact(
        key=f"decision-{spec.model.replace('_', '-')}",
        description=f"{spec.model}: version {decision.version}, {decision.kind}",
        markdown=(
            f"# {spec.model}, version {decision.version}: {decision.kind}\n\n{reasons}\n\n"
            f"{run.rows} rows, started from {run.start}, {outcome.cpu_seconds:.2f} CPU seconds, "
            f"{'not priced' if outcome.cost is None else f'{outcome.cost:.6f} {spec.costs.currency}'}."
        ),
    )
