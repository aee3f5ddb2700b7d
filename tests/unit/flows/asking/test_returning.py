from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from flows.monitor import monitor
from flows.retraining.retrain import retrain
from flows.windows.references import References
from infra.domain.errors import Unavailable
from infra.domain.returns import Return
from infra.ports import Versions
from monitoring.returns import profit_of
from tests.builders import MODEL, Loop, spec, started, stream, trigger

FRESH = spec(retraining={"policy": "never", "min_labels": 100, "replay": 0.2}, costs={"wrong_decision": 2.0})


def look(loop: Loop) -> None:
    monitor(loop.desk, References(loop.desk), lambda *_: None, now=loop.now)


def served(loop: Loop, rows: int) -> list[int]:
    places = loop.serve(rows)
    loop.label(places)
    look(loop)
    return list(places)


def record_of(loop: Loop) -> Return:
    return loop.ports.returns.page(MODEL, 9)[0]


def test_a_promotion_is_followed_on_the_rows_that_the_new_version_answered(tmp_path: Path) -> None:
    loop, _ = started(tmp_path, stream(2400, change=400), 300, FRESH)
    loop.label(loop.serve(600))
    look(loop)
    assert loop.ports.returns.page(MODEL, 9) == []  # a first champion has nothing to be compared with
    asked = trigger(at=loop.now, onset_seq=101, gain_ahead=30.0, decisions_ahead=100)
    loop.ports.triggers.save(asked)
    outcome = retrain(loop.desk, asked, now=loop.now)
    assert outcome.decision.kind == "promote", outcome.decision.summary
    places = served(loop, 100) + served(loop, 100) + served(loop, 100)
    record, profit = record_of(loop), profit_of(record_of(loop), outcome.cost)
    measured = [one for one in loop.ports.windows.page(MODEL, 99) if one.performance and one.first_seq > 600]
    rows = [place - 300 + 1 for place in places if place - 300 + 1 <= max(one.last_seq for one in measured)]
    assert (record.run_id, record.version, record.previous_version) == (outcome.run.id, 2, 1)
    assert record.rows == len(rows)
    assert record.forecast_per_decision == pytest.approx(0.3)
    assert profit.gain_per_decision is not None
    assert profit.gain_per_decision > 0.2  # the concept was turned round
    before = record
    look(loop)
    assert record_of(loop) == before  # no window was measured twice


def test_the_next_promotion_closes_it(tmp_path: Path) -> None:
    loop, _ = started(tmp_path, stream(2400, change=400), 300, FRESH)
    loop.label(loop.serve(600))
    look(loop)
    first = trigger(at=loop.now, onset_seq=101)
    loop.ports.triggers.save(first)
    retrain(loop.desk, first, now=loop.now)
    served(loop, 200)
    champion = loop.champion()
    loop.ports.returns.save(
        Return(
            run_id="earlier",
            model=MODEL,
            version=9,
            previous_version=8,
            task="classification",
            at=champion.since,
            through=champion.since,
            last_seq=1,
        )
    )
    served(loop, 200)
    states = {one.run_id: one.is_closed for one in loop.ports.returns.page(MODEL, 9)}
    assert states["earlier"]
    assert not all(states.values())


class AwayVersions:
    """Versions whose bundles cannot be read."""

    def __init__(self, versions: Versions) -> None:
        self._versions = versions

    def __getattr__(self, name: str) -> object:
        return getattr(self._versions, name)

    def bundle(self, sha256: str) -> tuple[str, bytes]:
        raise Unavailable("bundles are away")


def test_windows_that_were_measured_while_bundles_were_away_are_followed_at_the_next_look(tmp_path: Path) -> None:
    loop, _ = started(tmp_path, stream(2400, change=400), 300, FRESH)
    loop.label(loop.serve(600))
    look(loop)
    asked = trigger(at=loop.now, onset_seq=101)
    loop.ports.triggers.save(asked)
    retrain(loop.desk, asked, now=loop.now)
    served(loop, 100)
    loop.label(loop.serve(200))
    away = replace(loop.ports, versions=AwayVersions(loop.ports.versions))  # type: ignore[arg-type]  # it has the rest
    references = References(loop.desk)
    references.of(loop.champion().sha256)
    with pytest.raises(Unavailable, match="bundles"):
        monitor(replace(loop.desk, ports=away), references, lambda *_: None, now=loop.now)
    measured = [one for one in loop.ports.windows.page(MODEL, 99) if one.performance and one.first_seq > 600]
    assert record_of(loop).last_seq < max(one.last_seq for one in measured)
    look(loop)
    assert record_of(loop).last_seq == max(one.last_seq for one in measured)
    assert record_of(loop).rows == sum(one.rows for one in measured)
