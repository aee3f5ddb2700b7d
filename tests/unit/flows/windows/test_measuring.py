from __future__ import annotations

from pathlib import Path

from flows.monitor import monitor
from flows.windows.references import References
from tests.builders import MODEL, spec, started, stream


def test_a_regressions_window_says_how_often_its_promised_interval_held(tmp_path: Path) -> None:
    model = spec("regression", retraining={"policy": "never"})
    loop, _ = started(tmp_path, stream(600, task="regression"), 300, model)
    for _ in range(2):  # labels of a window are due once the next has been answered
        loop.label(loop.serve(100))
        monitor(loop.desk, References(loop.desk), lambda *_: None, now=loop.now)
    window = loop.ports.windows.page(MODEL, 9)[-1]
    assert window.performance is not None
    assert 0.75 < window.performance.others["interval_coverage"] <= 1.0, "0.9 is promised"
