"""`keepsharp runs`: the trainings there were, exactly which labels one used, and whether it can be made again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from services.cli.home import Home, Model, ports_at, settings_at
from services.cli.output import Json, answer

if TYPE_CHECKING:
    from infra.domain.decisions import TrainingRun
    from infra.ports import Ports
    from infra.settings import Settings

NEWEST = 50
LATEST = "latest"
RunId = Annotated[
    str | None, typer.Argument(metavar="[RUN]", help="The id of a run or its first letters, or `latest`.")
]
Labels = Annotated[bool, typer.Option("--labels", help="Every row that the run used, with its label, as CSV.")]
Again = Annotated[bool, typer.Option("--reproduce", help="Train it again from its snapshot and compare the weights.")]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog="Example: keepsharp runs weather 3f2a9c41 --reproduce")(runs)


def runs(
    model: Model,
    run: RunId = None,
    labels: Labels = False,
    reproduce: Again = False,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """List the trainings of a model, or make one again. The newest come first; RUN shows one, or its labels.

    A run that is made again promotes nothing, and goes on record; other weights than before end with exit code 1.
    """
    from services.cli.moments import wrong
    from services.cli.plain import plain

    settings = settings_at(home)
    ports = ports_at(settings)
    name = ports.models.get(model).name
    if run is None:
        if labels or reproduce:
            raise wrong("--labels" if labels else "--reproduce", "needs a run: `keepsharp runs MODEL RUN`")
        found = ports.runs.page(name, NEWEST)
        text = "\n".join(_line(one) for one in found) or f"{name} was never trained"
        answer({"model": name, "runs": [plain(one) for one in found]}, text, as_json=as_json)
        return
    one = _named(ports, name, run)
    if labels:
        _list_labels(ports, one, as_json=as_json)
    elif reproduce:
        _reproduce(ports, settings, one, as_json=as_json)
    else:
        record = plain(one)
        assert isinstance(record, dict)
        answer(record, f"{_line(one)}\n  {one.message}", as_json=as_json)


def _named(ports: Ports, model: str, beginning: str) -> TrainingRun:
    """Raises NotFound, or SpecError where several begin alike."""
    from infra.domain.errors import NotFound
    from services.cli.moments import wrong

    listed = ports.runs.page(model, 1000)
    found = listed[:1] if beginning == LATEST else [one for one in listed if one.id.startswith(beginning)]
    if not found:
        raise NotFound(f"{model} has no run {beginning!r}: `keepsharp runs {model}` lists them")
    if len(found) > 1:
        raise wrong(beginning, f"begins {len(found)} runs: give more letters")
    return found[0]


def _list_labels(ports: Ports, run: TrainingRun, *, as_json: bool) -> None:
    """What the run learnt from, stopped by, and was judged by, as it was frozen."""
    from flows.training.examples import ID, LABEL_SOURCE, LABEL_TIME, PART, SEQ, TARGET, TIME
    from infra.domain.errors import DataError

    if not run.snapshot:
        raise DataError(f"run {run.id} ended before its rows were gathered ({run.state}): it used no label")
    columns = [ID, SEQ, PART, TARGET, TIME, LABEL_TIME, LABEL_SOURCE]
    table = ports.snapshots.load(run.snapshot).reindex(columns=columns).rename(columns=lambda name: name.strip("@"))
    rows = [{str(name): _value(value) for name, value in row.items()} for row in table.to_dict("records")]
    text = table.to_csv(index=False).rstrip("\n")
    answer(
        {"model": run.model, "run": run.id, "snapshot": run.snapshot, "rows": rows},
        text,
        as_json=as_json,
        is_table=True,
    )


def _value(value: object) -> object:
    import pandas as pd

    if isinstance(value, pd.Timestamp):
        return value.isoformat()
    return None if value is None or pd.isna(value) else value


def _reproduce(ports: Ports, settings: Settings, run: TrainingRun, *, as_json: bool) -> None:
    from flows.retraining.reproducing import reproduce
    from flows.workplace import desk_of
    from infra.domain.deeds import personal
    from services.cli.moments import wall_clock
    from services.cli.person import person
    from services.cli.plain import plain

    found = reproduce(desk_of(ports.models.get(run.model), ports, settings), run.id)
    said = {"same": found.same, "version": found.version, "weights": found.weights_again}
    deed = personal("reproduce", "run", run.id, model=run.model, actor=person(), at=wall_clock(), content=said)
    ports.deeds.add(deed)
    record = plain(found)
    assert isinstance(record, dict)
    words = "the same weights, to the bit" if found.same else "OTHER WEIGHTS"
    lines = [
        f"{run.model} version {found.version}, run {run.id}: {words}",
        f"  kept   {found.weights}",
        f"  again  {found.weights_again}",
        *(f"  {why}" for why in found.why),
    ]
    answer({**record, "same": found.same}, "\n".join(lines), as_json=as_json)
    if not found.same:
        raise typer.Exit(1)


def _line(run: TrainingRun) -> str:
    from services.cli.moments import shown

    version = f"version {run.version}" if run.version else "no version"
    snapshot = f", snapshot {run.snapshot[:12]}" if run.snapshot else ""
    return f"{run.id}  {shown(run.at)}  {run.state}  {version}  {run.rows:,} rows, start {run.start}{snapshot}"
