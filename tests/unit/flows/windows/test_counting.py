"""Windows of more rows than are held at once, beside the same windows held whole."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest

from flows.in_processes import InProcesses
from flows.monitor import monitor
from flows.windows.counting import CountColumns, CountLosses, count_columns
from flows.windows.cutting import rows_of, stretch_of
from flows.windows.references import References
from infra.domain.stretches import Stretch, blocks_of
from infra.domain.windows import Window
from infra.settings import Settings
from infra.wiring import build_ports, forget_ports
from monitoring.drift import drift_report
from monitoring.scores import ScoreTally
from monitoring.tallies import merged
from tests.builders import MODEL, Loop, spec, started, stream

HELD = 80


def windows_of(folder: Path, task: str, window: str, most_held: int) -> tuple[Loop, list[Window]]:
    """Three windows of 300 rows, the last one moved, after the labels of two have come."""
    model = spec(task, monitoring={"window": window, "reports": "none"}, retraining={"policy": "never"})
    loop, _ = started(folder, stream(1_500, task=task), 300, model)
    loop.stream.frame.loc[900:, "x"] += 1.0
    desk = replace(loop.desk, most_held=most_held)
    for _ in range(3):
        loop.label(loop.serve(300))
        monitor(desk, References(desk), lambda *_: None, now=loop.now)
    loop.label(loop.serve(300))
    monitor(desk, References(desk), lambda *_: None, now=loop.now)
    return loop, list(reversed(loop.ports.windows.page(MODEL, 9)))


@pytest.mark.parametrize("window", ["300 rows", "5h"])
@pytest.mark.parametrize("task", ["classification", "regression"])
def test_a_window_that_is_not_held_is_judged_as_one_that_is(tmp_path: Path, task: str, window: str) -> None:
    _, whole = windows_of(tmp_path / "whole", task, window, 10_000)
    _, drawn = windows_of(tmp_path / "drawn", task, window, HELD)
    assert len(drawn) == len(whole) >= 3
    for one, other in zip(whole, drawn, strict=True):
        assert one.drift is not None
        assert other.drift is not None
        embedding = {"(embedding)"}  # of at most a thousand rows, which are drawn from those that are held
        for name in ("reference_rows", "current_rows", "unknown_categories", "quality"):
            assert getattr(other.drift, name) == getattr(one.drift, name)
        effects = [{c.column: c.effect for c in side.drift.columns} for side in (one, other) if side.drift]
        assert {k: v for k, v in effects[0].items() if k not in embedding} == {
            k: v for k, v in effects[1].items() if k not in embedding
        }
        assert (one.rows, one.first_seq, one.last_seq, one.start, one.end, one.versions) == (
            other.rows,
            other.first_seq,
            other.last_seq,
            other.start,
            other.end,
            other.versions,
        )
    measured = [(one.performance, other.performance) for one, other in zip(whole, drawn, strict=True)]
    assert sum(one is not None for one, _ in measured) >= 2
    for held, counted in measured:
        if held is None or counted is None:
            assert held is counted
            continue
        figures = (counted.value, counted.low, counted.high)
        assert figures == pytest.approx((held.value, held.low, held.high), rel=1e-12)
        counts = (counted.rows, counted.labelled, counted.confident_errors)
        assert counts == (held.rows, held.labelled, held.confident_errors)
        assert "drawn evenly" in counted.note


def test_the_rows_of_a_window_that_is_not_held_are_drawn_evenly_over_it(tmp_path: Path) -> None:
    loop, windows = windows_of(tmp_path, "classification", "300 rows", HELD)
    rows = rows_of(replace(loop.desk, most_held=HELD), windows[1])
    assert len(rows) == HELD
    assert (rows[0].seq, rows[-1].seq) == (windows[1].first_seq, windows[1].last_seq)
    gaps = {later.seq - earlier.seq for earlier, later in pairwise(rows)}
    assert gaps == {3, 4}


def test_labels_in_quarantine_count_for_nothing(tmp_path: Path) -> None:
    loop, windows = windows_of(tmp_path, "classification", "300 rows", HELD)

    class Held:
        def standing(self, model: str) -> list[str]:
            return [model]

        def held_back(self, _model: str, ids: list[str]) -> set[str]:
            return set(ids[:100])

    ports = replace(loop.ports, quarantines=Held())  # type: ignore[arg-type]  # it stands in for what holds them
    share = stretch_of(loop.desk, windows[0])
    assert CountLosses(spec=loop.desk.spec)(loop.ports, share).labelled == 300
    assert CountLosses(spec=loop.desk.spec)(ports, share).labelled == 200


def test_processes_count_what_one_process_counts(tmp_path: Path) -> None:
    loop, windows = windows_of(tmp_path / "loop", "classification", "300 rows", 10_000)
    settings = Settings(home=tmp_path / "home", database_url="")
    ports = build_ports(settings)
    rows = loop.ports.predictions.between(MODEL, 1, 1_200)
    ports.predictions.add([row.prediction for row in rows])
    ports.labels.add([row.label for row in rows if row.label is not None])
    reference = References(loop.desk).of(loop.ports.versions.get(MODEL, windows[0].versions[0]).sha256)
    shares = [*blocks_of(Stretch(model=MODEL, first_seq=1, last_seq=1_200), 500)]
    spread = InProcesses(settings=settings, processes=2)
    work = CountColumns(profile=reference.profile, raw_kinds=reference.raw_kinds)
    parts = [part.tally for part in spread(ports, work, shares)]
    there = drift_report(reference.profile, merged(reference.profile, parts), alpha=0.01, minimum_effect=0.1)
    here = count_columns(loop.desk, reference, Stretch(model=MODEL, first_seq=1, last_seq=1_200)).tally
    assert there == drift_report(reference.profile, here, alpha=0.01, minimum_effect=0.1)
    assert [part.rows for part in parts] == [500, 500, 200]
    losses, whole = ScoreTally(), CountLosses(spec=loop.desk.spec)
    for part in spread(ports, whole, shares):
        losses.merge(part)
    assert losses.headline(loop.desk.spec) == whole(
        loop.ports, Stretch(model=MODEL, first_seq=1, last_seq=1_200)
    ).headline(loop.desk.spec)
    forget_ports()
