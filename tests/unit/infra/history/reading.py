"""A history written to a folder and read back, as every test here needs it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from infra.history.history import History, read_history
from infra.settings import Settings
from infra.spec import parse_spec

ROWS = 60
DAYS = [datetime(2024, 1, 1, tzinfo=UTC) + timedelta(days=day) for day in range(ROWS)]
ISO_DAYS = [day.strftime("%Y-%m-%d") for day in DAYS]
CLASSES = ["a", "b", "b"] * (ROWS // 3)
NUMBERS = [f"{(37 * row % 101) / 7:.3f}" for row in range(ROWS)]


def csv_text(
    t: Sequence[object] = ISO_DAYS, x: Sequence[object] = NUMBERS, y: Sequence[object] = CLASSES, sep: str = ","
) -> str:
    """Columns t, x and y."""
    rows = zip(t, x, y, strict=True)
    return f"t{sep}x{sep}y\n" + "".join(sep.join(map(str, row)) + "\n" for row in rows)


def read(
    folder: Path,
    content: str | bytes | None = None,
    *,
    name: str = "history.csv",
    task: str = "classification",
    time: str | None = "t",
    target: str = "y",
    more: str = "",
    data: Path | None = None,
    settings: Settings | None = None,
) -> History:
    """Write the content beside a model file and read it; `more` is added to the data section."""
    if content is not None:
        (folder / name).write_bytes(content.encode() if isinstance(content, str) else content)
    text = f"model: m\ntask: {task}\ndata:\n  source: {name}\n  target: {target}\n"
    text += (f"  time: {time}\n" if time is not None else "") + "".join(f"  {line}\n" for line in more.splitlines())
    used = settings or Settings(home=folder / "home", data_dir=folder / "elsewhere")
    return read_history(parse_spec(text, "model.yaml"), folder, settings=used, data=data)
