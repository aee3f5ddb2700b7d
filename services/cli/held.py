"""Labels that a person should look at: those that look wrong, and those held back from training."""

from __future__ import annotations

from typing import TYPE_CHECKING

from infra.domain.errors import DataError
from services.cli.moments import shown, wall_clock
from services.cli.output import answer
from services.cli.person import person
from services.cli.plain import plain

if TYPE_CHECKING:
    from infra.domain.labelling import Quarantine
    from infra.ports import Ports

NEWEST_ROWS = 10_000
_PAGE = 1000


def list_suspects(ports: Ports, model: str, most: int, *, as_json: bool) -> None:
    """The oddest labels of the newest 10,000 rows; nothing is changed.

    Raises:
        NotFound: there is no such model.
        DataError: too few labels, one class alone, or no probabilities.
    """
    from monitoring.label_noise import LEAST_LABELS, suspects

    name = ports.models.get(model).name
    rows = ports.predictions.after(name, max(0, ports.predictions.last_seq(name) - NEWEST_ROWS), NEWEST_ROWS)
    found = suspects(rows)
    if found is None:
        raise DataError(
            f"suspects are found among at least {LEAST_LABELS} labels of two classes whose answers have probabilities, "
            f"and the newest {len(rows)} rows of {name} do not hold them: send more labels first"
        )
    lines = [
        f"{one.prediction_id}  is called {one.label} by {one.source}, was answered {one.answer} "
        f"({one.probability:.0%}, and {one.quality:.1%} for the label)"
        for one in found[:most]
    ]
    head = f"{name}: {len(found)} labels look wrong" + (f", the {most} oddest of them" if len(found) > most else "")
    record = {"model": name, "found": len(found), "suspects": [plain(one) for one in found[:most]]}
    answer(record, "\n".join([head, *lines]), as_json=as_json)


def list_quarantines(ports: Ports, model: str, *, as_json: bool) -> None:
    """Those of the model, newest first. Raises NotFound."""
    name = ports.models.get(model).name
    found = ports.quarantines.page(name, _PAGE)
    text = "\n".join(_line(one) for one in found) or f"no label of {name} was ever held back"
    answer({"model": name, "quarantines": [plain(one) for one in found]}, text, as_json=as_json)


def release(ports: Ports, model: str, quarantine_id: str, reason: str, *, as_json: bool) -> None:
    """Let the labels be learnt from.

    Raises:
        NotFound: there is no such model or quarantine.
        Refused: it was released before.
    """
    from infra.releasing import release_by_hand

    name = ports.models.get(model).name
    freed = release_by_hand(ports, name, quarantine_id, actor=person(), reason=reason, at=wall_clock())
    answer({"quarantine": plain(freed)}, _line(freed), as_json=as_json)


def _line(one: Quarantine) -> str:
    state = "held back" if one.released_at is None else f"released {shown(one.released_at)} by {one.released_by}"
    return f"{one.id}  {state}  since {shown(one.at)}, labels {one.first_place} to {one.last_place}: {one.reason}"
