"""`keepsharp explain`: which model answered this, trained on what, let to serve by whom and why."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from services.cli.home import Home, ports_at, settings_at
from services.cli.output import Json, answer

if TYPE_CHECKING:
    from infra.explaining import Explanation
    from infra.ports import Ports

PredictionId = Annotated[str, typer.Argument(metavar="PREDICTION_ID", help="The id that came with the answer.")]
OfModel = Annotated[
    str | None, typer.Option("--model", metavar="MODEL", help="The model that answered; all are asked when absent.")
]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog="Example: keepsharp explain omaha-1999-05-01 --model weather")(explain)


def explain(prediction_id: PredictionId, model: OfModel = None, home: Home = None, as_json: Json = False) -> None:
    """Say of one answer which version gave it, and why that served. It tells what the version was trained on, who let
    it serve, what was true, and which later versions learnt from it."""
    from infra.explaining import explain as explained
    from services.cli.plain import plain

    ports = ports_at(settings_at(home))
    found = explained(ports, _model_of(ports, prediction_id, model), prediction_id)
    record = plain(found)
    assert isinstance(record, dict)
    answer(record, "\n".join(_lines(found)), as_json=as_json)


def _model_of(ports: Ports, prediction_id: str, model: str | None) -> str:
    """The model named, or the one that has such a prediction.

    Raises:
        NotFound: none has, or the model named is unknown.
        SpecError: several have.
    """
    from infra.domain.errors import NotFound
    from services.cli.moments import wrong

    if model is not None:
        return ports.models.get(model).name
    names = [one.name for one in ports.models.all()]
    holders = [name for name in names if ports.predictions.find(name, [prediction_id])]
    if not holders:
        raise NotFound(
            f"no model has a prediction {prediction_id!r} (there are {', '.join(names) or 'no models'}): check the id "
            "that came with the answer; in a database of another home, name that by --home"
        )
    if len(holders) > 1:
        raise wrong("--model", f"is needed: {' and '.join(holders)} each have a prediction {prediction_id!r}")
    return holders[0]


def _lines(found: Explanation) -> list[str]:
    from services.cli.moments import shown

    one = found.prediction
    unsure = " (too unsure to be acted on)" if one.abstained else ""
    sure = "" if one.confidence is None else f" with confidence {one.confidence:.3f}"
    lines = [
        f"{one.model}, prediction {one.id} of {shown(one.time)}, number {found.place} to arrive",
        f"  answered {one.value}{sure}{unsure} by version {one.version}, as {found.answered_as}",
        *(f"  {said.role} version {said.version} would have said {said.value}" for said in found.beside),
        *_truth(found),
        *_origin(found),
        *(f"  run {use.run_id} (version {use.version or 'none'}) {_USED[use.part]}" for use in found.used_in),
    ]
    lines += [
        f"  correction in run {row.run_id}: {row.fate.replace('_', ' ')}; {row.before.answer} before, "
        f"{row.after.answer} after"
        for row in found.corrections
    ]
    return lines


_USED = {"train": "learnt from it", "validation": "stopped its training by it", "holdout": "was judged by it"}


def _truth(found: Explanation) -> list[str]:
    from services.cli.moments import shown

    lines = [f"  the truth is {one.value}, says {one.source} at {shown(one.time)}" for one in found.labels]
    if not lines:
        return ["  no label has come"]
    held = ["  its label is held back from training"] if found.held_back else []
    return [lines[0], *(line.replace("the truth is", "corrected to") for line in lines[1:]), *held]


def _origin(found: Explanation) -> list[str]:
    from services.cli.moments import shown
    from services.cli.outcome import reason_lines

    lines = []
    if found.candidate is not None:
        lines.append(f"  bundle {found.candidate.sha256}")
    if found.run is not None:
        run = found.run
        span = f", from {shown(run.data_start)} to {shown(run.data_end)}" if run.data_start and run.data_end else ""
        lines.append(f"  trained by run {run.id}: start {run.start}, {run.rows:,} rows{span}, seed {run.seed}")
        lines.append(f"  snapshot {run.snapshot}")
    if found.decision is not None:
        one = found.decision
        link = f", link {one.place} ({one.hash[:12]})" if one.hash else ", which is on no record"
        lines.append(f"  {one.kind} version {one.version} by {one.actor} at {shown(one.at)}{link}, because")
        lines += [f"  {line}" for line in reason_lines(one)]
    return lines
