"""`keepsharp monitor`: one look at a model's traffic."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from services.cli.home import Home, Model, ports_at, settings_at
from services.cli.output import Json, answer, tell

if TYPE_CHECKING:
    from collections.abc import Sequence

    from flows.monitor import Watched
    from infra.domain.alerts import Alert

Now = Annotated[
    str | None, typer.Option("--now", metavar="ISO", help="The moment of the look, in event time; default: now.")
]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog="Example: keepsharp monitor weather --now 1999-12-31T00:00:00Z")(monitor)


def monitor(model: Model, now: Now = None, home: Home = None, as_json: Json = False) -> None:
    """Judge the windows that are full, and consider a retraining. Those whose labels are due are measured."""
    from flows.monitor import monitor as look
    from flows.rounds import looking
    from flows.windows.covering import coverage_of
    from flows.windows.pages import pages_afterwards
    from flows.windows.references import References
    from flows.workplace import desk_of
    from infra.telemetry import switch_off_telemetry
    from services.cli.alert_text import worst_first
    from services.cli.lines import coverage_line
    from services.cli.moments import moment_of
    from services.cli.plain import plain

    settings, at = settings_at(home), moment_of(now, "--now")
    ports = ports_at(settings)
    desk = desk_of(ports.models.get(model), ports, settings)
    if ports.versions.champion(model) is None:
        tell(f"{model} has no champion yet: there is nothing to look at before `keepsharp train`")
    switch_off_telemetry()
    with looking(desk), pages_afterwards(desk, now=at) as press:
        watched = look(desk, References(desk), press, now=at)
    alerts, coverage = worst_first(ports.alerts.unresolved(model)), coverage_of(desk, now=at)
    record = {**_record(model, watched, alerts), "coverage": plain(coverage)}
    lines = [*_lines(model, watched, alerts), coverage_line(coverage)]
    answer(record, "\n".join(lines), as_json=as_json)


def _record(model: str, watched: Watched, alerts: Sequence[Alert]) -> dict[str, object]:
    from services.cli.plain import plain

    return {
        "model": model,
        "closed": [plain(window) for window in watched.closed],
        "measured": [plain(window) for window in watched.measured],
        "alerts": plain(alerts),
        "trigger": plain(watched.trigger),
    }


def _lines(model: str, watched: Watched, alerts: Sequence[Alert]) -> list[str]:
    from services.cli.lines import alert_line, window_line

    measured = {window.index for window in watched.measured}
    waiting = [window for window in watched.closed if window.index not in measured]
    lines = [f"{model}: {len(watched.closed)} windows closed, {len(watched.measured)} measured"]
    lines += [f"  {window_line(window)}" for window in (*watched.measured, *waiting)]
    lines += [f"  {alert_line(alert)}" for alert in alerts] or ["  no alert is open"]
    trigger = watched.trigger
    if trigger is not None:
        lines.append(f"retraining {trigger.state}: {trigger.reason}")
        if trigger.state == "accepted":
            lines.append(f"next: `keepsharp retrain {model}` answers it; where `keepsharp up` runs, it does so itself")
    return lines
