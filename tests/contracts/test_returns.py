"""What every `ports.Returns` does."""

from __future__ import annotations

from dataclasses import replace

from infra.domain.returns import Return
from infra.ports import Ports
from tests.contracts.building import NOON, after

RECORD = Return(
    run_id="r",
    model="grid",
    version=2,
    previous_version=1,
    task="classification",
    at=NOON,
    through=NOON,
    last_seq=10,
)


def test_a_record_grows_in_its_place(ports: Ports) -> None:
    ports.returns.save(RECORD)
    grown = replace(
        RECORD,
        rows=50,
        better=7,
        worse=2,
        gain=5.0,
        gain_squares=9.0,
        old_loss=0.1 + 0.2,
        forecast_per_decision=0.05,
        wrong_decision=4.0,
        currency="EUR",
        last_seq=2**40,
        through=after(3),
        is_closed=True,
    )
    ports.returns.save(grown)
    assert ports.returns.page("grid", 10) == [grown]


def test_records_are_paged_newest_first(ports: Ports) -> None:
    for n, hour in enumerate([1, 3, 2]):
        ports.returns.save(replace(RECORD, run_id=f"r{n}", at=after(hour)))
    ports.returns.save(replace(RECORD, run_id="other", model="press"))
    assert [one.run_id for one in ports.returns.page("grid", 2)] == ["r1", "r2"]
    assert [one.run_id for one in ports.returns.page("grid", 2, 2)] == ["r0"]
