from __future__ import annotations

from pathlib import Path

import pytest

from flows.windows.listening import fair_performance, keep_heard, listen, listen_to_new
from infra.domain.labelling import Audit
from infra.domain.predictions import Label, Prediction
from monitoring.performance import performance
from monitoring.windowing import window_of
from tests.builders import MODEL, minute
from tests.unit.flows.crowned import alerts, crowned, served


def test_one_sided_labels_are_reported_and_mark_the_accuracy(tmp_path: Path) -> None:
    desk = crowned(tmp_path, labels={"expected_delay": "10m"})
    rows = served(desk, 400, told=0.0)
    window = window_of(rows, model=MODEL, index=0)
    listen_to_new(desk, now=minute(500))
    (heard,) = listen(desk, [window], now=minute(500))
    assert heard.feedback is not None
    assert heard.feedback.delay_median_seconds == 1_800.0
    assert "reject" in heard.feedback.one_sided
    keep_heard(desk, [heard])
    assert desk.ports.windows.page(MODEL, 1)[0].feedback == heard.feedback
    assert {one.rule for one in desk.ports.alerts.unresolved(MODEL)} == {"labels_biased", "labels_late"}
    report = performance(rows, desk.spec).report
    assert report is not None
    assert fair_performance(desk, rows, report).biased == heard.feedback.one_sided


def test_an_audit_gives_the_accuracy_of_all_rows(tmp_path: Path) -> None:
    desk = crowned(tmp_path)
    served(desk, 400, told=0.0)
    asked = [f"p{row}" for row in range(400) if row % 4 == 1][:60]
    desk.ports.audits.add([Audit(model=MODEL, prediction_id=one, asked_at=minute(450), random=True) for one in asked])
    desk.ports.labels.add(
        [
            Label(model=MODEL, prediction_id=one, value="accept" if place < 48 else "reject", time=minute(460))
            for place, one in enumerate(asked)
        ]
    )
    rows = desk.ports.predictions.after(MODEL, 0, 400)
    report = performance(rows, desk.spec).report
    assert report is not None
    fair = fair_performance(desk, rows, report)
    assert fair.value == pytest.approx(0.25 + 0.75 * 0.8)
    assert (fair.biased, fair.note != "") == ("", True)


def test_labels_of_all_rows_are_reported_as_they_are(tmp_path: Path) -> None:
    desk = crowned(tmp_path)
    rows = served(desk, 200, told=1.0)
    (heard,) = listen(desk, [window_of(rows, model=MODEL, index=0)], now=minute(500))
    assert heard.feedback is not None
    assert heard.feedback.one_sided == ""
    report = performance(rows, desk.spec).report
    assert report is not None
    assert fair_performance(desk, rows, report) is report


def test_labels_of_a_class_that_was_never_learnt_are_an_alert(tmp_path: Path) -> None:
    desk = crowned(tmp_path)
    chances = {"accept": 0.8, "reject": 0.2}
    for row in range(60):
        given = Prediction(
            model=MODEL, id=f"p{row}", time=minute(row), features={}, value="accept", version=1, probabilities=chances
        )
        desk.ports.predictions.add([given])
        value = "scratched" if row < 3 else "accept"
        desk.ports.labels.add([Label(model=MODEL, prediction_id=f"p{row}", value=value, time=minute(row + 1))])
    listen(desk, [window_of(desk.ports.predictions.after(MODEL, 0, 60), model=MODEL, index=0)], now=minute(90))
    (alert,) = alerts(desk, "new_classes")
    assert (alert.severity, alert.evidence["labels"]) == ("warning", 3)
