"""`keepsharp backtest`: one's own history under every retraining policy, accuracy against cost."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from services.cli.commands.check import DataFile, ModelFile
from services.cli.home import settings_at
from services.cli.output import Json, answer, tell

if TYPE_CHECKING:
    from flows.backtest.comparing import Comparison
    from flows.backtest.running import Contested
    from flows.backtest.stream import Stream
    from infra.settings import Settings
    from infra.spec import ModelSpec

Policies = Annotated[
    list[str] | None,
    typer.Option(
        "--policy",
        metavar="NAME",
        help="Only this policy, and the one in force; may be given several times. Default: all, and fixed paces.",
    ),
]
Workers = Annotated[int, typer.Option("--workers", min=1, max=256, help="Processes to spread the policies over.")]
Share = Annotated[
    float, typer.Option("--share", min=0.01, max=0.95, help="Share of the history that trains the first champion.")
]
Seed = Annotated[int | None, typer.Option("--seed", min=0, help="Default: the model file's.")]
Gated = Annotated[
    bool,
    typer.Option(
        "--gate",
        help="As the service runs it: judged on held-out rows first. Default: what is trained serves at once.",
    ),
]
Plot = Annotated[
    Path | None,
    typer.Option("--plot", metavar="FILE", help="Write accuracy against cost there; .svg, or .html with the table."),
]
Keep = Annotated[
    bool, typer.Option("--keep", help="Keep it in the installation, where the page of the model's costs shows it.")
]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog="Example: keepsharp backtest examples/weather/model.yaml --data noaa_weather.csv.gz")(backtest)


def backtest(
    model: ModelFile,
    data: DataFile = None,
    policy: Policies = None,
    share: Share = 0.2,
    seed: Seed = None,
    workers: Workers = 1,
    gate: Gated = False,
    plot: Plot = None,
    keep: Keep = False,
    as_json: Json = False,
) -> None:
    """Play a labelled history under every retraining policy. Beside them stands an oracle that knows the future.

    Rows are answered before their labels are known, labels come as late as the model file expects, and what a policy
    trains serves from the next window on; with `--gate` only once it was better on rows held out for that, as in the
    service, which costs accuracy and buys safety. Only `--keep` stores anything.
    """
    from rich.console import Console

    from flows.backtest.contestants import contestants
    from flows.backtest.running import CHAINS, Contest, contest
    from infra.spec import read_spec
    from services.cli.backtest_plot import require_kind
    from services.cli.backtest_text import as_record, as_text
    from services.cli.steps import step_bar

    if plot is not None:
        require_kind(plot)
    spec, settings = read_spec(model), settings_at(None)
    policies = contestants(spec, policy or (), settings.allowed_modules)
    stream = _stream(model, spec, data, settings, share)
    asked = Contest(
        stream=stream,
        policies=policies,
        seed=spec.learner.seed if seed is None else seed,
        replay=spec.retraining.replay,
        gated=gate,
        allowed_modules=tuple(settings.allowed_modules),
    )
    with step_bar(Console(stderr=True), f"backtest {spec.model}", len(CHAINS) + len(policies)) as advance:
        played = contest(asked, workers=workers, advance=advance)
    found = _compared(played, spec, stream, settings)
    _put_away(found, spec.model, settings, plot, keep=keep)
    answer(as_record(found, spec.model), as_text(found, spec.model), as_json=as_json)


def _compared(played: Contested, spec: ModelSpec, stream: Stream, settings: Settings) -> Comparison:
    from flows.backtest.comparing import compare_policies
    from monitoring.policies import policy_for

    times = stream.examples.times[stream.first_rows :]
    return compare_policies(
        played,
        spec,
        windows=len(stream.batches),
        days=(times[-1] - times[0]).total_seconds() / 86_400.0,
        in_force=policy_for(spec, settings.allowed_modules).name,
    )


def _put_away(found: Comparison, model: str, settings: Settings, plot: Path | None, *, keep: bool) -> None:
    """Write the picture, and keep the record, where that is wished."""
    from services.accounts.backtests import keep_backtest
    from services.cli.backtest_plot import write_plot
    from services.cli.backtest_text import as_record
    from services.cli.moments import wall_clock

    if plot is not None:
        write_plot(found, model, plot)
        tell(f"wrote {plot}")
    if keep:
        path = keep_backtest(settings.artifacts, as_record(found, model), model=model, made_at=wall_clock())
        tell(f"kept in {path}")


def _stream(model: Path, spec: ModelSpec, data: Path | None, settings: Settings, share: float) -> Stream:
    from flows.backtest.stream import cut_stream
    from flows.rows.history_rows import examples_of
    from services.cli.own_history import own_history

    history = own_history(model, spec, settings, data)
    return cut_stream(spec, examples_of(history), history.kinds, share=share)
