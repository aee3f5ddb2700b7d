"""The figures that keepsharp has to reach, judged. Pure; an unmeasured figure is unknown, and holds neither way."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from benchmarks.serving.results import Cell, Results, p99_ms, per_second

ONE_C16, ONE_C64 = Cell(rows=1, concurrency=16), Cell(rows=1, concurrency=64)
MANY_C16 = Cell(rows=100, concurrency=16)
Sign = Literal[">=", "<=", "<"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Figure:
    """A figure beside its target. `value` and `holds` are None when it was not measured."""

    name: str
    value: float | None
    unit: str
    sign: Sign
    bound: float

    @property
    def target(self) -> str:
        """Such as `>= 10`."""
        return f"{self.sign} {self.bound:g}"

    @property
    def holds(self) -> bool | None:
        """Whether the target is reached."""
        if self.value is None:
            return None
        if self.sign == ">=":
            return self.value >= self.bound
        return self.value <= self.bound if self.sign == "<=" else self.value < self.bound

    def to_json(self) -> dict[str, object]:
        """As `--json` prints it."""
        return {
            "name": self.name,
            "value": None if self.value is None else round(self.value, 4),
            "unit": self.unit,
            "target": self.target,
            "holds": self.holds,
        }


def judge(results: Results, peak_bytes: Mapping[str, int]) -> list[Figure]:
    """Every figure that was asked for, in order; `peak_bytes` is resident memory by system."""

    def times(name: str, other: str, cell: Cell, bound: float, system: str = "keepsharp") -> Figure:
        value = results.ratio(system, other, cell, per_second)
        return Figure(name=name, value=value, unit="ratio", sign=">=", bound=bound)

    memory = peak_bytes.get("keepsharp")
    return [
        times("one row, c64: requests per second over mlflow models serve", "mlflow", ONE_C64, 10.0),
        times("one row, c64: requests per second over a bare constant", "constant", ONE_C64, 0.5),
        Figure(
            name="one row, c16: p99 over that of mlflow models serve",
            value=results.ratio("keepsharp", "mlflow", ONE_C16, p99_ms),
            unit="ratio",
            sign="<=",
            bound=0.25,
        ),
        times("100 rows, c16: requests per second over mlflow models serve", "mlflow", MANY_C16, 6.0),
        times("100 rows, c16: requests per second over FastAPI, a commit a row", "commit-per-row", MANY_C16, 10.0),
        times(
            "one row, c64: requests per second on PostgreSQL over SQLite",
            "keepsharp",
            ONE_C64,
            0.7,
            system="keepsharp-postgres",
        ),
        Figure(
            name="resident memory of keepsharp at its highest",
            value=None if memory is None else memory / 1e6,
            unit="MB",
            sign="<",
            bound=450.0,
        ),
        times(
            "one row, c16: requests per second with two shadows over without",
            "keepsharp",
            ONE_C16,
            0.95,
            system="keepsharp-shadows",
        ),
    ]
