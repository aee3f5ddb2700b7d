"""The Prefect flow around probation: a champion that does worse than the one before it is taken back."""

from __future__ import annotations

from datetime import datetime

from prefect import flow, get_run_logger
from prefect.artifacts import create_markdown_artifact

from flows.desk import wall_clock
from flows.trial.watching import WatchResult, watch_and_act
from flows.workplace import open_desk


@flow(name="watch", flow_run_name="watch {model}", retries=2, retry_delay_seconds=5)
def watch_flow(model: str, now: datetime | None = None) -> str:
    """Judge the champion on probation and act on it. Returns `keep`, `rollback`, `wait`, or
    `no probation`; `promote` or `drop` where it was a challenger that was judged."""
    desk = open_desk(model)
    result = watch_and_act(desk, now=now or wall_clock())
    keep_probation_page(model, result)
    return result.word


def keep_probation_page(model: str, result: WatchResult | None) -> None:
    """Keep what was decided, if anything was, as a page of the flow run."""
    if result is None or result.decision is None:
        return
    get_run_logger().info("%s: %s", model, result.decision.summary)
    create_markdown_artifact(
        key=f"probation-{model.replace('_', '-')}",
        description=f"{model}: {result.decision.kind}",
        markdown=f"# {result.decision.kind} version {result.decision.version}\n\n{result.decision.summary}",
    )
