"""`keepsharp labels`: what turned out to be true, what to ask for, what looks wrong, and what is held back."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from services.cli.home import Home, ports_at, settings_at
from services.cli.output import Json, answer

if TYPE_CHECKING:
    from infra.domain.predictions import LabelOutcome
    from infra.ports import Ports

OUTCOMES: dict[LabelOutcome, str] = {
    "joined": "joined their predictions",
    "waiting": "wait for a prediction of that id",
    "repeated": "were known already",
    "corrected": "correct an earlier label",
}
ASK, SUSPECTS, QUARANTINE = ACTS = ("ask", "suspects", "quarantine")
_OWNERS = {"--rows": (ASK, SUSPECTS), "--since": (ASK,), "--release": (QUARANTINE,), "--reason": (QUARANTINE,)}
"""By option the acts that it belongs to."""
Words = Annotated[
    list[str],
    typer.Argument(
        metavar="MODEL FILE.csv | ask MODEL | suspects MODEL | quarantine MODEL",
        help="Labels to store (columns id and value, and where wanted time and source), or what to do.",
    ),
]
Rows = Annotated[
    int | None,
    typer.Option("--rows", min=1, max=10_000, help="For ask and suspects: how many; default: 50."),
]
Since = Annotated[
    str | None,
    typer.Option("--since", metavar="ISO", help="For ask: draw from rows since this event time; default: the newest."),
]
Release = Annotated[str | None, typer.Option("--release", metavar="ID", help="For quarantine: these labels are right.")]
Reason = Annotated[str | None, typer.Option("--reason", metavar="TEXT", help="For --release: why; kept with it.")]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog="Example: keepsharp labels weather yesterday.csv")(labels)


def labels(
    words: Words,
    rows: Rows = None,
    since: Since = None,
    release: Release = None,
    reason: Reason = None,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Store the labels of a CSV file. When a line is bad, every bad line is named and nothing is stored.

    `ask` draws rows at random, as CSV, whose labels then stand for all rows; `suspects` lists labels that look wrong;
    `quarantine` lists labels that are held back from training, or releases some with --release ID --reason TEXT.
    """
    from services.cli import asked, held
    from services.cli.moments import wrong

    if len(words) != 2:
        raise wrong(" ".join(words), f"say MODEL FILE.csv, or one of {', '.join(ACTS)} and MODEL")
    act, model = words if words[0] in ACTS else ("store", words[0])
    _require_owned(act, {"--rows": rows, "--since": since, "--release": release, "--reason": reason})
    if (release is None) != (reason is None):
        raise wrong("--release", "needs a reason, and a reason something to release: `--release ID --reason TEXT`")
    ports = ports_at(settings_at(home))
    if act == ASK:
        asked.ask(ports, model, rows or 50, since, as_json=as_json)
    elif act == SUSPECTS:
        held.list_suspects(ports, model, rows or 50, as_json=as_json)
    elif act == QUARANTINE and release is not None and reason is not None:
        held.release(ports, model, release, reason, as_json=as_json)
    elif act == QUARANTINE:
        held.list_quarantines(ports, model, as_json=as_json)
    else:
        _store(ports, model, Path(words[1]), as_json=as_json)


def _require_owned(act: str, options: Mapping[str, object]) -> None:
    """Raises SpecError where an option is given that belongs to another act."""
    from services.cli.moments import wrong

    for option, given in options.items():
        if given is not None and act not in _OWNERS[option]:
            raise wrong(option, f"belongs to `labels {' MODEL` or `labels '.join(_OWNERS[option])} MODEL`")


def _store(ports: Ports, model: str, file: Path, *, as_json: bool) -> None:
    from infra.spec.registered import spec_as_registered
    from services.cli.moments import wall_clock
    from services.cli.truths import read_truths

    spec = spec_as_registered(ports.models.get(model).spec_yaml, model)
    read = read_truths(file, model=model, task=spec.task, classes=_classes(ports, model), now=wall_clock())
    counts = Counter(ports.labels.add(read))
    counted: dict[str, int] = {name: counts[name] for name in OUTCOMES}
    lines = [f"  {counts[name]:,} {words}" for name, words in OUTCOMES.items() if counts[name]]
    answer(
        {"model": model, "labels": len(read), **counted},
        "\n".join([f"{model}: {len(read):,} labels read", *lines]),
        as_json=as_json,
    )


def _classes(ports: Ports, model: str) -> frozenset[str]:
    """The classes of the champion, as its bundle spells them; none before the first, or for numbers."""
    champion = ports.versions.champion(model)
    if champion is None:
        return frozenset()
    config, _ = ports.versions.bundle(champion.sha256)
    return frozenset(json.loads(config).get("classes") or ())
