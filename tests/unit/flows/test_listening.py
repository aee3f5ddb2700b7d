from __future__ import annotations

from pathlib import Path

import pytest

from flows.listening import fair_performance, listen
from infra.domain.labelling import Audit
from infra.domain.predictions import Label
from monitoring.performance import performance
from monitoring.windowing import window_of
from tests.builders import MODEL, minute
from tests.unit.flows.crowned import crowned, served


def test_one_sided_labels_are_reported_and_mark_the_accuracy(tmp_path: Path) -> None:
    desk = crowned(tmp_path, labels={"expected_delay": "10m"})
    rows = served(desk, 400, told=0.0)
    window = window_of(rows, model=MODEL, index=0)
    (heard,) = listen(desk, [window], now=minute(500))
    assert heard.feedback is not None
    assert heard.feedback.delay_median_seconds == 1_800.0
    assert "reject" in heard.feedback.one_sided
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
