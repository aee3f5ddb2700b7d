"""What every port does that is written under a lease: one that was taken over changes nothing any more."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from infra.domain.errors import NotFound, Refused
from infra.ports import Ports
from tests.contracts.building import (
    NOON,
    after,
    appointment,
    candidate,
    champion,
    correction_test,
    decision,
    holdout_use,
    ledger,
    run,
    trigger,
)


@dataclass(frozen=True, kw_only=True)
class Write:
    """A write under a token, and what can be seen of it."""

    do: Callable[[Ports, int], object]
    seen: Callable[[Ports], object]


def _appoint(ports: Ports, token: int) -> None:
    ports.shadows.appoint(appointment("challenger"), ("{}", b"w"), token)


WRITES = {
    "runs.save": Write(
        do=lambda ports, token: ports.runs.save(run("r"), token), seen=lambda ports: ports.runs.page("grid", 9)
    ),
    "versions.add": Write(
        do=lambda ports, token: ports.versions.add(candidate(7), "{}", b"w", token),
        seen=lambda ports: ports.versions.all("grid"),
    ),
    "versions.crown": Write(
        do=lambda ports, token: ports.versions.crown(champion(1), decision(1), token),
        seen=lambda ports: ports.versions.champion("grid"),
    ),
    "decisions.add": Write(
        do=lambda ports, token: ports.decisions.add(decision(1), token),
        seen=lambda ports: ports.decisions.page("grid", 9),
    ),
    "triggers.save": Write(
        do=lambda ports, token: ports.triggers.save(trigger("t"), fencing_token=token),
        seen=lambda ports: ports.triggers.page("grid", 9),
    ),
    "shadows.appoint": Write(do=_appoint, seen=lambda ports: ports.shadows.appointments()),
    "holdout_uses.add": Write(
        do=lambda ports, token: ports.holdout_uses.add(holdout_use("u"), token),
        seen=lambda ports: ports.holdout_uses.page("grid", 9),
    ),
    "corrections.save": Write(
        do=lambda ports, token: ports.corrections.save(ledger("r"), [], token),
        seen=lambda ports: ports.corrections.page("grid", 9),
    ),
    "standing_tests.add": Write(
        do=lambda ports, token: ports.standing_tests.add([correction_test("p")], token),
        seen=lambda ports: ports.standing_tests.asked("grid"),
    ),
    "standing_tests.save": Write(
        do=lambda ports, token: ports.standing_tests.save([correction_test("p")], token),
        seen=lambda ports: ports.standing_tests.asked("grid"),
    ),
}


@pytest.mark.parametrize("write", WRITES.values(), ids=WRITES)
def test_a_holder_whose_lease_was_taken_over_changes_nothing_and_the_new_one_does(ports: Ports, write: Write) -> None:
    ports.versions.add(candidate(1), "{}", b"w")
    old = ports.leases.acquire("grid", "worker 1", NOON, 60)
    new = ports.leases.acquire("grid", "worker 2", after(1), 60)
    before = write.seen(ports)
    with pytest.raises(Refused, match="taken over"):
        write.do(ports, old.token)
    assert write.seen(ports) == before
    write.do(ports, new.token)
    assert write.seen(ports) != before


def test_a_holder_whose_lease_was_taken_over_dismisses_nobody(ports: Ports) -> None:
    _appoint(ports, ports.leases.acquire("grid", "worker 1", NOON, 60).token)
    new = ports.leases.acquire("grid", "worker 2", after(1), 60)
    with pytest.raises(Refused, match="taken over"):
        ports.shadows.dismiss("grid", "challenger", new.token - 1)
    assert ports.shadows.appointments() == [appointment("challenger")]
    ports.shadows.dismiss("grid", "challenger", new.token)
    assert ports.shadows.appointments() == []


def test_a_trigger_is_found_by_its_id(ports: Ports) -> None:
    ports.triggers.save(trigger("t", state="refused"))
    ports.triggers.save(trigger("other", model="another"))
    assert ports.triggers.get("t") == trigger("t", state="refused")
    assert ports.triggers.get("other").model == "another"
    with pytest.raises(NotFound, match="'unknown'"):
        ports.triggers.get("unknown")
