from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from flows.training.corrections import affording, ledger
from flows.training.corrections.ledger import Examined
from infra.model.bundle import ModelBundle
from infra.spec import ModelSpec
from tests.unit.flows.training.corrections.test_ledger import Parts, look, parts_of, require_sums, train
from tests.unit.flows.training.material import small_spec


@dataclass(frozen=True)
class Retrained:
    """A retraining that finds all labels turned."""

    spec: ModelSpec
    before: ModelBundle
    parts: Parts
    made: Any

    def kept(self, budget_seconds: float | None) -> Examined:
        rest = {"before": self.before, "before_version": 3, "budget_seconds": budget_seconds}
        found = look(self.parts, self.spec, self.made, **rest)
        require_sums(found, self.parts)
        return found


@pytest.fixture(scope="module")
def retrained() -> Retrained:
    spec = small_spec(epochs=20, learning_rate=0.02)
    before, _ = train(parts_of(), spec)
    parts = parts_of(turned=True)
    return Retrained(spec, before, parts, train(parts, spec, start=before))


def explained(found: Examined) -> list[str]:
    return [row.id for row in found.rows if row.pushers]


def test_a_spent_budget_explains_the_most_telling_and_keeps_every_row(retrained: Retrained) -> None:
    whole, least = retrained.kept(None), retrained.kept(0.0)
    assert [row.id for row in least.rows] == [row.id for row in whole.rows]
    assert [row.after for row in least.rows] == [row.after for row in whole.rows]
    assert len(explained(whole)) == whole.ledger.kept > 50
    assert explained(least)[:8] == explained(whole)[:8]
    assert affording.LEAST_MISTAKES <= len(explained(least)) <= affording.LEAST_MISTAKES + affording.LEAST_FLIPS
    assert f"is told of {len(explained(least))} of these {whole.ledger.kept}" in least.ledger.rule
    assert "is told of" not in whole.ledger.rule


def test_a_budget_with_room_explains_everything(retrained: Retrained) -> None:
    room, unbound = retrained.kept(60.0), retrained.kept(None)
    assert (room.ledger, room.rows) == (unbound.ledger, unbound.rows)


def test_a_budget_between_explains_a_part(retrained: Retrained, monkeypatch: pytest.MonkeyPatch) -> None:
    ticks = iter(range(1_000))  # each look is a second after the one before: reading takes one, the least another
    for module in (affording, ledger):
        monkeypatch.setattr(module, "clock", lambda: float(next(ticks)))
    least = affording.LEAST_MISTAKES + affording.LEAST_FLIPS
    assert least < len(explained(retrained.kept(5.0))) < retrained.kept(None).ledger.kept
