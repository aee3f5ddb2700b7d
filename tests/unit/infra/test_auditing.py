from __future__ import annotations

import random
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

from infra.auditing import ask_for_truth
from infra.domain.predictions import Label, Prediction
from infra.memory import memory_ports
from infra.ports import Ports

START = datetime(2024, 1, 1, tzinfo=UTC)


def asked(ports: Ports, count: int, seed: int = 0, since: datetime | None = None) -> list[str]:
    at = START + timedelta(days=1)
    drawn = ask_for_truth(ports, "m", count, at=at, chance=random.Random(seed), since=since)
    return [row.prediction.id for row in drawn]


def with_rows(folder: Path, rows: int = 40, labelled: int = 10) -> Ports:
    ports = memory_ports(folder)
    ports.predictions.add(
        [
            Prediction(model="m", id=f"p{row}", time=START + timedelta(minutes=row), features={}, value="a", version=1)
            for row in range(rows)
        ]
    )
    ports.labels.add([Label(model="m", prediction_id=f"p{row}", value="a", time=START) for row in range(labelled)])
    return ports


def test_every_row_without_a_label_is_as_likely(tmp_path: Path) -> None:
    counts: Counter[str] = Counter()
    for seed in range(200):
        counts.update(asked(with_rows(tmp_path), 6, seed))
    assert set(counts) == {f"p{row}" for row in range(10, 40)}
    assert 15 <= min(counts.values()) <= max(counts.values()) <= 70, "40 are expected of each"


def test_what_was_asked_for_is_remembered_and_not_asked_again(tmp_path: Path) -> None:
    ports = with_rows(tmp_path)
    first = asked(ports, 20)
    assert set(ports.audits.asked("m", first)) == set(first)
    assert set(asked(ports, 20)) == {f"p{row}" for row in range(10, 40)} - set(first)
    assert asked(ports, 20) == []


def test_only_rows_since_a_moment_are_drawn(tmp_path: Path) -> None:
    assert asked(with_rows(tmp_path), 20, since=START + timedelta(minutes=38)) == ["p38", "p39"]
