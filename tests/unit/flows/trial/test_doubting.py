from __future__ import annotations

from pathlib import Path

import pytest

from flows.trial.doubting import label_doubt
from tests.builders import MODEL, desk_for, spec
from tests.contracts.building import alert


@pytest.mark.parametrize(
    ("rule", "state", "doubted"),
    [
        ("labels_suspect", "open", True),
        ("labels_quarantined", "acknowledged", True),
        ("labels_suspect", "pending", False),
        ("labels_suspect", "resolved", False),
        ("accuracy_degraded", "open", False),
    ],
)
def test_labels_are_in_doubt_while_an_alert_about_them_stands(
    tmp_path: Path, rule: str, state: str, doubted: bool
) -> None:
    desk = desk_for(tmp_path)
    desk.ports.alerts.save(alert("a1", model=MODEL, rule=rule, state=state, message="They look wrong."))
    assert label_doubt(desk) == ("They look wrong." if doubted else "")


def test_a_trusted_set_takes_the_doubt_away(tmp_path: Path) -> None:
    desk = desk_for(tmp_path, spec(labels={"expected_delay": "50 rows", "golden": "golden.csv"}))
    desk.ports.alerts.save(alert("a1", model=MODEL, rule="labels_suspect", state="open"))
    assert label_doubt(desk) == ""
