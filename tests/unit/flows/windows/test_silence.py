from __future__ import annotations

from pathlib import Path

from flows.windows.silence import watch_silence
from infra.domain.predictions import Label, Prediction
from tests.builders import MODEL, minute, trigger
from tests.unit.flows.crowned import alerts, crowned, served


def test_silence_opens_alerts_and_sound_resolves_them(tmp_path: Path) -> None:
    desk = crowned(tmp_path, labels={"expected_delay": "1h"}, alerts={"reference_age": "1w"})
    watch_silence(desk, now=minute(0))
    assert desk.ports.alerts.unresolved(MODEL) == [], "before the first row there is nothing to miss"
    served(desk, 100, told=0.1)
    watch_silence(desk, now=minute(100))
    assert desk.ports.alerts.unresolved(MODEL) == []
    watch_silence(desk, now=minute(100 + 60 * 24 * 8))
    assert {one.rule for one in desk.ports.alerts.unresolved(MODEL)} == {"no_traffic", "no_labels", "reference_old"}
    later = 100 + 60 * 24 * 8
    late = Prediction(model=MODEL, id="late", time=minute(later), features={}, value="accept", version=1)
    desk.ports.predictions.add([late])
    desk.ports.labels.add([Label(model=MODEL, prediction_id="late", value="accept", time=minute(later))])
    for step in range(1, 4):
        watch_silence(desk, now=minute(later + step))
    assert {one.rule for one in desk.ports.alerts.unresolved(MODEL)} == {"reference_old"}


def test_a_schedule_nobody_followed_is_missed(tmp_path: Path) -> None:
    desk = crowned(tmp_path, retraining={"schedule": "0 3 * * *"})
    served(desk, 100, told=1.0)
    watch_silence(desk, now=minute(60 * 3.5))
    assert alerts(desk, "schedule_stopped") == []
    watch_silence(desk, now=minute(60 * 4.5))
    (alert,) = alerts(desk, "schedule_stopped")
    assert alert.evidence["due"] == minute(180).isoformat()
    desk.ports.triggers.save(trigger(at=minute(60 * 4.6), state="refused"))
    for step in range(2):
        watch_silence(desk, now=minute(60 * 4.6 + step))
    assert [one.state for one in alerts(desk, "schedule_stopped")] == ["resolved"]
