"""Rows whose truth is wanted, as a sheet that a person fills in and `keepsharp labels MODEL FILE.csv` reads back."""

from __future__ import annotations

import csv
import io
import random
from collections.abc import Sequence
from typing import TYPE_CHECKING

from services.cli.moments import moment_of, wall_clock
from services.cli.output import answer, tell

if TYPE_CHECKING:
    from infra.domain.predictions import Answered
    from infra.ports import Ports

_LONGEST_CELL = 60


def ask(ports: Ports, model: str, rows: int, since: str | None, *, as_json: bool) -> None:
    """Draw rows, remember that they were asked for, and print them; their answers are left out, so that nobody is led.

    Raises:
        NotFound: there is no such model.
        SpecError: `since` is no moment.
    """
    from infra.auditing import ask_for_truth
    from services.cli.plain import plain

    name, at = ports.models.get(model).name, wall_clock()
    start = None if since is None else moment_of(since, "--since")
    drawn = ask_for_truth(ports, name, rows, at=at, chance=random.SystemRandom(), since=start)
    records = [
        {"id": row.prediction.id, "time": row.prediction.time, "features": row.prediction.features} for row in drawn
    ]
    if not as_json:
        tell(
            f"{len(drawn)} rows drawn at random; fill in `value`, keep the columns id and value, then "
            f"`keepsharp labels {name} FILE.csv`"
            if drawn
            else "no row is without a label that was not asked for already"
        )
    answer(
        {"model": name, "asked_at": at.isoformat(), "rows": [plain(record) for record in records]},
        sheet(drawn),
        as_json=as_json,
        is_table=True,
    )


def sheet(rows: Sequence[Answered]) -> str:
    """CSV with id, an empty value, and the features; a picture is too long for a cell and is only named."""
    names = list(dict.fromkeys(name for row in rows for name in row.prediction.features))
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["id", "value", "happened", *names])
    for row in rows:
        cells = [_cell(row.prediction.features.get(name)) for name in names]
        writer.writerow([row.prediction.id, "", row.prediction.time.isoformat(), *cells])
    return out.getvalue().rstrip("\n")


def _cell(value: object) -> str:
    text = "" if value is None else str(value)
    return text if len(text) <= _LONGEST_CELL else f"({len(text)} characters)"
