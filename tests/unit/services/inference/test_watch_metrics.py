from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from infra.domain.alerts import Heartbeat
from infra.domain.errors import Unavailable
from infra.domain.windows import FeedbackReport, PerformanceReport, Window
from infra.ports import Ports
from tests.unit.infra.notify.building import a_notice
from tests.unit.services.inference.building import MODEL, NOW, running, served
from tests.unit.services.inference.test_reading import alert

pytestmark = pytest.mark.anyio


def report(kind: str, value: float) -> PerformanceReport:
    return PerformanceReport(
        kind="estimated" if kind == "estimated" else "measured",
        metric="accuracy",
        value=value,
        low=value - 0.02,
        high=value + 0.02,
        rows=200,
        labelled=150,
        confident_errors=0,
        slices=(),
        others={},
    )


def window(index: int, **measured: object) -> Window:
    at = NOW + timedelta(hours=index)
    made = Window(
        model=MODEL,
        index=index,
        first_seq=index * 200 + 1,
        last_seq=index * 200 + 200,
        start=at - timedelta(hours=1),
        end=at,
        rows=200,
        versions=(1,),
        state="final",
    )
    return replace(made, **measured)  # type: ignore[arg-type]  # a test names only what it is about


def watched(folder: Path) -> Ports:
    ports = served(folder)
    delays = FeedbackReport(
        labelled=150, delay_median_seconds=60.0, delay_p90_seconds=None, disagreements=0, sources={"api": 150}
    )
    ports.windows.save(window(0, performance=report("measured", 0.9), feedback=delays))
    ports.windows.save(window(1, estimate=report("estimated", 0.8)))
    ports.alerts.save(alert(), [a_notice(), a_notice("n2", state="failed"), a_notice("n3", state="sent")])
    ports.heartbeats.beat(Heartbeat(name="monitor", model=MODEL, at=NOW, ok=False, message="x"))
    return ports


async def test_figures_of_the_newest_windows_stand_with_the_ends_they_belong_to(tmp_path: Path) -> None:
    async with running(watched(tmp_path)) as api:
        text = await api.metrics()
    later = NOW + timedelta(hours=1)
    for line in (
        'keepsharp_window_performance{kind="measured",metric="accuracy",model="line"} 0.9',
        'keepsharp_window_performance_low{kind="estimated",metric="accuracy",model="line"} 0.78',
        'keepsharp_window_performance_high{kind="measured",metric="accuracy",model="line"} 0.92',
        f'keepsharp_window_end_timestamp_seconds{{kind="measured",model="line"}} {NOW.timestamp():.0f}',
        f'keepsharp_window_end_timestamp_seconds{{kind="closed",model="line"}} {later.timestamp():.0f}',
        'keepsharp_window_label_coverage{model="line"} 0.75',
        'keepsharp_window_label_delay_seconds{model="line",quantile="0.5"} 60.0',
        'keepsharp_monitoring_coverage{model="line"} 1.0',
        "keepsharp_models_watched 0.0",
        'keepsharp_notices{state="waiting",target="chat"} 1.0',
        'keepsharp_notices{state="failed",target="chat"} 1.0',
        'keepsharp_heartbeat_ok{model="line",name="monitor"} 0.0',
        "keepsharp_database_answers 1.0",
    ):
        assert _has(text, line), line
    assert 'quantile="0.9"' not in text  # what is not known is left out
    assert "keepsharp_window_drifted_share{" not in text


def _has(text: str, wanted: str) -> bool:
    """Whether a line has this name, these labels and, as a number, this value."""
    name, _, value = wanted.rpartition(" ")
    lines = [line.rpartition(" ") for line in text.splitlines() if not line.startswith("#")]
    return any(line[0] == name and abs(float(line[2]) - float(value)) < 1e-9 for line in lines)


async def test_while_the_database_is_away_nothing_is_shown_as_zero(tmp_path: Path) -> None:
    ports = watched(tmp_path)
    async with running(ports) as api:
        await api.metrics()

        class Away:
            def all(self) -> list[object]:
                raise Unavailable("the database does not answer")

        object.__setattr__(ports, "models", Away())
        text = await api.metrics()
    assert _has(text, "keepsharp_database_answers 0")
    assert "keepsharp_alerts{" not in text
    assert "keepsharp_window_performance{" not in text
    assert "keepsharp_models_watched NaN" in text
