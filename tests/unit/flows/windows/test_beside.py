from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from flows.monitor import monitor
from flows.windows.beside import MOST_ROWS, beside_of
from flows.windows.references import References
from infra.domain.costs import CostEntry
from infra.domain.errors import NotFound
from infra.domain.windows import Window
from tests.builders import MODEL, spec, started, stream


def look(folder: Path, task: str, rows: int = 100) -> tuple[Window, References, list[CostEntry]]:
    """A first window that is measured."""
    loop, _ = started(folder, stream(300 + 2 * rows, task=task), 300, spec(task, retraining={"policy": "never"}))
    references = References(loop.desk)
    for _ in range(2):  # labels of a window are due once the next has been answered
        loop.label(loop.serve(rows))
        monitor(loop.desk, references, lambda *_: None, now=loop.now)
    return loop.ports.windows.page(MODEL, 9)[-1], references, loop.ports.costs.page(MODEL, 99)


@pytest.mark.parametrize("task", ["classification", "regression"])
def test_a_measured_window_says_what_the_simple_model_and_the_first_champion_would_have_reached(
    tmp_path: Path, task: str
) -> None:
    window, references, costs = look(tmp_path, task)
    assert window.performance is not None
    beside = window.beside
    assert beside is not None
    assert (beside.rows, beside.note) == (100, "")
    assert beside.served == pytest.approx(window.performance.value)
    assert beside.first == beside.served, "it is the first champion that answered"
    assert beside.simple is not None
    assert beside.simple != beside.served
    assert {one.stage for one in costs if one.run_id is None} >= {"monitor"}
    rows = references.desk.ports.predictions.between(MODEL, window.first_seq, window.last_seq)
    others = [replace(row, prediction=replace(row.prediction, version=7)) for row in rows]
    again = beside_of(references.desk, references, window, others)
    assert again is not None
    assert again.first == pytest.approx(beside.served), "asked from its bundle, the first champion answers as it did"


def test_no_more_rows_than_a_few_hundred_are_asked_about(tmp_path: Path) -> None:
    window, references, _ = look(tmp_path, "classification")
    rows = references.desk.ports.predictions.between(MODEL, window.first_seq, window.last_seq)
    found = beside_of(references.desk, references, window, [*rows, *rows, *rows])
    assert found is not None
    assert found.rows == MOST_ROWS


def test_a_bundle_that_is_gone_leaves_its_figure_unknown_and_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    window, references, _ = look(tmp_path, "classification")
    desk = references.desk
    rows = desk.ports.predictions.between(MODEL, window.first_seq, window.last_seq)
    others = [replace(row, prediction=replace(row.prediction, version=7)) for row in rows]

    def gone(sha256: str) -> tuple[str, bytes]:
        raise NotFound(f"no bundle {sha256}")

    monkeypatch.setattr(desk.ports.versions, "bundle", gone)
    found = beside_of(desk, References(desk), window, others)
    assert found is not None
    assert (found.first, found.simple) == (None, None)
    assert "first champion cannot be asked: no bundle" in found.note
    assert beside_of(desk, references, window, [replace(row, label=None) for row in rows]) is None
