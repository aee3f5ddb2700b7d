from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from flows.monitor import monitor
from flows.retraining.retrain import train_first
from flows.windows.closing import current_frame
from flows.windows.references import Reference, References
from infra.domain.predictions import Answered
from tests.builders import KINDS, MODEL, Loop, Stream, desk_for, minute, spec, stream

RENAMED = {"x": "prediction", "y": "target"}


def no_press(reference: Reference, rows: Sequence[Answered], path: Path) -> None:
    raise AssertionError(f"no page was asked for: {path}")


def test_features_called_prediction_and_target_are_compared_beside_the_answers(tmp_path: Path) -> None:
    made = stream(800)
    frame = made.frame.rename(columns=RENAMED)
    frame.loc[300:, "prediction"] += 2.0
    moved = Stream(frame=frame, truth=made.truth)
    desk = desk_for(tmp_path, spec("classification", retraining={"policy": "never"}))
    kinds = {RENAMED.get(name, name): kind for name, kind in KINDS.items()}
    train_first(desk, moved.examples(300), kinds, now=minute(299))
    loop = Loop(desk=desk, stream=moved, sent=300)
    loop.label(loop.serve(200))
    references = References(desk)
    monitor(desk, references, no_press, now=loop.now)
    window = desk.ports.windows.page(MODEL, 1)[0]
    assert window.drift is not None
    found = {column.column: (column.role, column.drifted) for column in window.drift.columns}
    assert found["prediction (feature)"] == ("feature", True)
    assert found["target (feature)"] == ("feature", False)
    assert found["prediction"][0] == "prediction"
    rows = desk.ports.predictions.between(MODEL, 1, 200)
    reference = references.of(loop.champion().sha256)
    current = current_frame(rows, reference.raw_kinds)
    assert set(current["target"]) == set(reference.frame["target"]) == {"up", "down"}
