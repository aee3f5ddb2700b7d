from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from flows.desk import Desk
from flows.rows.ordering import fresh_order
from flows.rows.quarantining import newest_labels, quarantine_labels, without_held_back
from infra.domain.predictions import Answered, Label
from infra.domain.values import class_name
from tests.builders import MODEL, START, desk_for, minute, started, stream, trigger
from tests.unit.flows.crowned import alerts, crowned
from tests.unit.monitoring.streams_of_labels import labels


def send(desk: Desk, rows: int = 1_900, flips: float = 0.3) -> None:
    """A seeded stream of answers and labels; source `s0` is flipped from the thousandth on."""
    for one in labels(rows, 3, flips=flips):
        desk.ports.predictions.add([replace(one.prediction, model=MODEL)])
        desk.ports.labels.add([replace(one.label, model=MODEL)])


def labelled(rows: list[Answered]) -> set[str]:
    return {row.prediction.id for row in rows if row.label is not None}


def test_flipped_labels_are_held_back_once_and_alert(tmp_path: Path) -> None:
    desk = crowned(tmp_path)
    send(desk)
    (held,) = quarantine_labels(desk, now=minute(1_900))
    assert quarantine_labels(desk, now=minute(1_901)) == [], "the same labels give the same quarantine"
    assert desk.ports.quarantines.standing(MODEL) == [held]
    (alert,) = alerts(desk, "labels_quarantined")
    assert (alert.state, alert.severity) == ("open", "critical")
    assert alert.evidence["quarantine"] == held.id


def test_labels_held_back_are_as_if_they_had_not_come(tmp_path: Path) -> None:
    desk = crowned(tmp_path)
    send(desk)
    rows = desk.ports.predictions.after(MODEL, 0, 5_000)
    assert labelled(without_held_back(desk, rows)) == labelled(rows)
    (held,) = quarantine_labels(desk, now=minute(1_900))
    kept = without_held_back(desk, rows)
    lost = labelled(rows) - labelled(kept)
    assert len(kept) == len(rows)
    assert 100 < len(lost) < 300
    sources = {one.label.source for one in newest_labels(desk, 5_000) if one.label.prediction_id in lost}
    assert sources == {held.source} == {"s0"}


def test_what_a_person_released_is_used_and_not_held_again(tmp_path: Path) -> None:
    desk = crowned(tmp_path)
    send(desk)
    (held,) = quarantine_labels(desk, now=minute(1_900))
    desk.ports.quarantines.save(replace(held, released_at=minute(1_901), released_by="ana"))
    assert quarantine_labels(desk, now=minute(1_902)) == []
    rows = desk.ports.predictions.after(MODEL, 0, 5_000)
    assert without_held_back(desk, rows) == rows
    assert [one.state for one in alerts(desk, "labels_quarantined")] == ["resolved"]


def test_clean_labels_are_left_alone(tmp_path: Path) -> None:
    desk = crowned(tmp_path)
    send(desk, flips=0.0)
    assert quarantine_labels(desk, now=minute(1_900)) == []
    assert alerts(desk, "labels_quarantined") == []


def test_nothing_is_judged_before_there_is_a_champion(tmp_path: Path) -> None:
    assert quarantine_labels(desk_for(tmp_path), now=START) == []


def test_a_training_looks_first_and_leaves_flipped_labels_out(tmp_path: Path) -> None:
    """Sure answers, labels from two clerks; one of them turns two labels in five round."""
    loop, _ = started(tmp_path, stream(2_000), 300)
    places = loop.serve(900)
    ports = loop.ports
    for place in places:
        given = ports.predictions.get(MODEL, f"row-{place}").prediction
        clerk = "north" if place % 2 else "south"
        truth = class_name(loop.stream.truth[place])
        if clerk == "south" and place > 900 and place % 5 < 2:
            truth = "up" if truth == "down" else "down"
        ports.labels.add([Label(model=MODEL, prediction_id=given.id, value=truth, time=loop.now, source=clerk)])
    order = fresh_order(loop.desk, trigger(), loop.now, "warm")
    (held,) = ports.quarantines.standing(MODEL)
    assert held.source == "south"
    used = {*order.material.train.ids, *order.material.validation.ids, *order.material.holdout.ids}
    kept_back = ports.quarantines.held_back(MODEL, [f"row-{place}" for place in places])
    assert kept_back
    assert not used & kept_back
