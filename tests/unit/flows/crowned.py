"""A desk whose champion needs no training, and answers with labels."""

from __future__ import annotations

from pathlib import Path

from flows.desk import Desk
from infra.domain.alerts import Alert
from infra.domain.decisions import Candidate, Champion, PromotionDecision
from infra.domain.predictions import Answered, Label, Prediction
from tests.builders import MODEL, START, desk_for, minute, spec


def crowned(folder: Path, **sections: object) -> Desk:
    """A desk whose champion was accepted at 90 %."""
    desk = desk_for(folder, spec("classification", **sections))
    desk.ports.versions.add(Candidate(model=MODEL, version=1, sha256="0" * 64, run_id="r", created_at=START), "{}", b"")
    decision = PromotionDecision(
        id="d", model=MODEL, at=START, kind="promote", version=1, previous_version=None, reasons=()
    )
    champion = Champion(
        model=MODEL, version=1, sha256="0" * 64, since=START, since_seq=0, accepted=0.9, decision_id="d"
    )
    desk.ports.versions.crown(champion, decision)
    return desk


def served(desk: Desk, rows: int, *, told: float) -> list[Answered]:
    """Answers of which every fourth is `reject`, and labels for those and for a share of the others."""
    for row in range(rows):
        answer = "reject" if row % 4 == 0 else "accept"
        given = Prediction(model=MODEL, id=f"p{row}", time=minute(row), features={}, value=answer, version=1)
        desk.ports.predictions.add([given])
        if answer == "reject" or row % 100 < 100 * told:
            desk.ports.labels.add(
                [Label(model=MODEL, prediction_id=f"p{row}", value="reject", time=minute(row + 30), source="bench")]
            )
    return desk.ports.predictions.after(MODEL, 0, rows)


def alerts(desk: Desk, rule: str) -> list[Alert]:
    return [one for one in desk.ports.alerts.page(MODEL, 50) if one.rule == rule]
