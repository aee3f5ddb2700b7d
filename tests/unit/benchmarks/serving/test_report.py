"""The report shows medians, ratios and what is missing."""

from __future__ import annotations

from benchmarks.serving.figures import Figure
from benchmarks.serving.report import Row, render
from benchmarks.serving.results import Cell, Measurement, Results
from tests.unit.benchmarks.serving.building import rounds

_ONE, _MANY = Cell(rows=1, concurrency=64), Cell(rows=100, concurrency=16)
_ROWS = [
    Row(key="keepsharp", title="keepsharp", stores="durable", peak_bytes=300_000_000),
    Row(key="mlflow", title="mlflow models serve", stores="no", peak_bytes=640_000_000),
]
_FIGURES = [Figure(name="over mlflow", value=None, unit="ratio", sign=">=", bound=10.0)]


def _lines(results: Results) -> list[str]:
    return render(["## Title"], _ROWS, results, _FIGURES, {"Ray Serve": "not installed"}).splitlines()


def test_shows_speed_ratio_latency_and_memory() -> None:
    measured = [*rounds("keepsharp", _ONE, 4000), *rounds("mlflow", _ONE, 250, p99_ms=80)]
    lines = _lines(Results(measured))
    assert "| keepsharp | 4,000 | 300 | durable |" in lines
    assert "| mlflow models serve | 250 | 640 | no |" in lines
    assert "| mlflow models serve | 16 |" in lines
    assert "| mlflow models serve | 40 / 80 |" in lines


def test_says_what_was_not_run_and_not_measured() -> None:
    lines = _lines(Results(rounds("keepsharp", _ONE, 4000)))
    assert "- Ray Serve: not run: not installed" in lines
    assert "| over mlflow | ? | >= 10 | not measured |" in lines


def test_an_invalid_cell_shows_no_figure_and_its_reason() -> None:
    broken = Measurement(system="mlflow", cell=_MANY, repeat=0, seen=None, problem="wrk ended with status 1")
    lines = _lines(Results([*rounds("keepsharp", _MANY, 500), broken]))
    assert "| mlflow models serve | invalid | 640 | no |" in lines
    assert "| mlflow models serve | ? |" in lines
    assert "- mlflow, 100 rows, c16: wrk ended with status 1" in lines
