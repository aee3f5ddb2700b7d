from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest
import structlog

from flows.windows.closing import close_windows
from flows.windows.cutting import rows_of
from flows.windows.references import Reference, References
from infra.domain.alerts import Alert
from infra.domain.predictions import Answered
from infra.domain.windows import Window
from infra.shapes import read_shapes
from infra.spec import ModelSpec
from monitoring.joining import since_of
from tests.builders import MODEL, START, Loop, minute, prediction, spec, started, stream


def no_page(reference: Reference, rows: Sequence[Answered], path: Path) -> None:
    """Nobody reads it."""


def loop(folder: Path, rows: int = 1_500, **monitoring: object) -> Loop:
    return started(folder, stream(rows), 300, model(**monitoring))[0]


def model(**monitoring: object) -> ModelSpec:
    given = {"window": "100 rows", "reports": "none", **monitoring}
    return spec("classification", monitoring=given, retraining={"policy": "never"})


def look(watched: Loop, now: datetime | None = None) -> list[Window]:
    return close_windows(watched.desk, References(watched.desk), no_page, now=now or watched.now)


def kept(watched: Loop) -> list[Window]:
    return list(reversed(watched.ports.windows.page(MODEL, 100)))


@pytest.mark.parametrize("window", ["100 rows", "90m"])
def test_looking_once_at_a_whole_history_gives_what_looking_often_gives(tmp_path: Path, window: str) -> None:
    often, once = loop(tmp_path / "often", window=window), loop(tmp_path / "once", window=window)
    for watched in (often, once):
        watched.stream.frame.loc[900:, "x"] += 1.0
        watched.stream.frame["y"] = watched.stream.frame["y"].astype(object)
        watched.stream.frame.loc[600::5, "y"] = None
    for _ in range(12):
        often.serve(100)
        look(often)  # with nothing kept from the look before: as after a restart
    once.serve(1_200)
    look(once)
    assert len(kept(once)) == (12 if window == "100 rows" else 13)
    assert kept(often) == kept(once)
    assert any(column.drifted for found in kept(once) if found.drift for column in found.drift.columns)
    assert {finding.kind for found in kept(once) if found.drift for finding in found.drift.quality} == {"missing"}


def test_windows_of_a_duration_are_of_that_length_when_the_clocks_change(tmp_path: Path) -> None:
    spring = datetime(2024, 3, 30, 12, tzinfo=ZoneInfo("Europe/Berlin"))  # the next night has 23 hours
    watched = loop(tmp_path, window="24h")
    hours = [spring + timedelta(hours=step) for step in range(48)]
    watched.ports.predictions.add([prediction(seq, time=hour) for seq, hour in enumerate(hours, start=1)])
    closed = look(watched, now=spring + timedelta(days=10))
    assert [window.end - window.start for window in closed] == [timedelta(days=1)] * len(closed)
    assert {window.start.hour for window in closed} == {0}
    assert all(one.end == next_one.start for one, next_one in pairwise(closed))
    assert sum(window.rows for window in closed) == 48


def test_late_rows_are_in_no_window_and_counted_in_the_next(tmp_path: Path) -> None:
    watched = loop(tmp_path, window="1h", minimum_rows=2)
    add = watched.ports.predictions.add
    add([prediction(seq) for seq in range(60)])
    (first,) = look(watched, now=minute(60))
    add([replace(prediction(seq), id=f"late-{seq}") for seq in (30, 40)])
    add([prediction(seq) for seq in range(60, 120)])
    (second,) = look(watched, now=minute(120))
    assert (first.rows, second.rows) == (60, 60)
    assert second.note == (
        "2 late rows, of 2024-01-01T00:30:00+00:00 to 2024-01-01T00:40:00+00:00, arrived after their window was "
        "closed and are in none"
    )
    assert len(rows_of(watched.desk, first)) == 60
    add([prediction(seq) for seq in range(120, 180)])
    (third,) = look(watched, now=minute(180))
    assert third.note == ""


def test_rows_that_arrive_out_of_order_in_time_are_in_their_window(tmp_path: Path) -> None:
    watched = loop(tmp_path, window="1h", minimum_rows=2)
    order = np.random.default_rng(0).permutation(180).tolist()
    watched.ports.predictions.add([prediction(seq) for seq in order])
    closed = look(watched, now=minute(180))
    assert [(window.rows, window.note) for window in closed] == [(60, "")] * 3


def test_a_gap_is_stepped_over_and_named(tmp_path: Path) -> None:
    watched = loop(tmp_path, window="1h", minimum_rows=2)
    places = [*range(60), *range(6_000, 6_060)]
    watched.ports.predictions.add([prediction(place) for place in places])
    closed = look(watched, now=minute(7_000))
    assert [(window.start, window.rows) for window in closed] == [(START, 60), (minute(6_000), 60)]
    assert closed[1].note.startswith("no traffic from 2024-01-01T01:00:00+00:00")


def test_a_look_does_not_read_what_is_not_due(tmp_path: Path) -> None:
    watched = loop(tmp_path, window="1h", minimum_rows=2)
    predictions = watched.ports.predictions
    predictions.add([prediction(seq) for seq in range(600)])
    read: list[int] = []

    class Counting:
        def __getattr__(self, name: str) -> object:
            return getattr(predictions, name)

        def in_time(self, model: str, start: datetime, end: datetime) -> list[Answered]:
            rows = predictions.in_time(model, start, end)
            read.append(len(rows))
            return rows

    ports = replace(watched.ports, predictions=Counting())  # type: ignore[arg-type]  # it stands in for what it wraps
    closed = close_windows(replace(watched.desk, ports=ports), References(watched.desk), no_page, now=minute(600))
    assert len(closed) == 10
    assert sum(read) == 600


def test_a_window_says_what_it_weighs_and_how_the_network_sees_it(tmp_path: Path) -> None:
    watched = loop(tmp_path)
    watched.stream.frame.loc[300:, "x"] += 2.0
    watched.serve(100)
    (window,) = look(watched)
    assert window.drift is not None
    found = {column.column: column for column in window.drift.columns}
    assert found["(embedding)"].drifted
    assert found["x"].weight > 0.5 > found["site"].weight  # the truth does not depend on the site
    assert found["x"].weight + found["y"].weight + found["site"].weight == pytest.approx(3.0)


def test_what_a_window_looks_like_is_kept_beside_its_reference(tmp_path: Path) -> None:
    watched = loop(tmp_path)
    watched.serve(100)
    (window, *_) = look(watched)
    assert window.drift is not None
    shapes = read_shapes(watched.ports.artifacts, MODEL, window.index)
    assert {shape.column for shape in shapes} >= {one.column for one in window.drift.columns if one.role == "feature"}
    assert all(sum(shape.window) + shape.window_missing == window.rows for shape in shapes)


def test_a_window_is_judged_though_its_looks_cannot_be_kept(tmp_path: Path) -> None:
    watched = loop(tmp_path)
    watched.serve(100)
    (watched.ports.artifacts / "windows").parent.mkdir(parents=True, exist_ok=True)
    (watched.ports.artifacts / "windows").write_text("in the way")
    with structlog.testing.capture_logs() as said:
        (window, *_) = look(watched)
    assert window.drift is not None
    assert said[0]["event"] == "the distributions of a window could not be kept"


def test_time_that_stands_still_over_a_window_is_a_finding(tmp_path: Path) -> None:
    watched = loop(tmp_path)
    watched.serve(100)
    served = [row.prediction for row in watched.ports.predictions.after(MODEL, 0, 100)]
    watched.ports.predictions.add([replace(one, id=f"again-{one.id}", time=served[-1].time) for one in served])
    first, second = look(watched)
    assert first.drift is not None
    assert second.drift is not None
    assert [finding.kind for finding in first.drift.quality] == []
    assert [finding.kind for finding in second.drift.quality] == ["stale"]


def standing(watched: Loop) -> dict[str, Alert]:
    return {alert.rule: alert for alert in watched.ports.alerts.unresolved(MODEL)}


def test_a_stuck_clock_is_told_in_the_first_window_and_stays_told(tmp_path: Path) -> None:
    watched = loop(tmp_path)
    watched.serve(100)
    served = [row.prediction for row in watched.ports.predictions.after(MODEL, 0, 100)]
    look(watched)
    for day in range(4):
        watched.ports.predictions.add([replace(one, id=f"{day}-{one.id}", time=served[-1].time) for one in served])
        look(watched)
        alert = standing(watched)["data_quality"]
        assert (alert.state, alert.evidence["window"]) == ("open", day + 1)
        assert "timestamps do not advance" in alert.message


def test_times_that_many_rows_share_may_stand_still_over_a_window(tmp_path: Path) -> None:
    watched = loop(tmp_path)
    watched.serve(400)
    served = [row.prediction for row in watched.ports.predictions.after(MODEL, 0, 400)]
    days = [replace(one, id=f"d-{one.id}", time=minute(1_440 * (2 + row // 250))) for row, one in enumerate(served)]
    watched.ports.predictions.add(days)
    closed = look(watched)
    kinds = [finding.kind for window in closed if window.drift for finding in window.drift.quality]
    assert kinds == ["stale"] * 2  # noted, and nobody is told
    assert "data_quality" not in standing(watched)


def test_a_sensor_that_stands_still_is_told_with_its_column_and_not_as_drift(tmp_path: Path) -> None:
    watched = loop(tmp_path)
    watched.stream.frame.loc[500:, "x"] = 0.25
    watched.serve(200)
    look(watched)
    assert "data_quality" not in standing(watched)
    watched.serve(100)
    look(watched)
    found = standing(watched)
    assert found["data_quality"].message.startswith("A fault in the data of 100 rows. x: every value is 0.25;")
    assert list(since_of(found["data_quality"].evidence)) == ["x"]
    assert "input_drift" not in found
    watched.stream.frame["y"] = watched.stream.frame["y"].astype(object)
    watched.stream.frame.loc[600::2, "y"] = None
    watched.serve(100)
    look(watched)
    assert list(since_of(standing(watched)["data_quality"].evidence)) == ["x", "y"]
