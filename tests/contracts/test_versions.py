"""What every `ports.Versions`, `ports.Decisions` and `ports.Leases` does."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from infra.domain.errors import Conflict, NotFound, Refused
from infra.ports import Lease, Ports
from tests.contracts.building import NOON, after, candidate, champion, decision

WEIGHTS = bytes(range(256)) * 40


def add(ports: Ports, *versions: int) -> None:
    for version in versions:
        ports.versions.add(candidate(version), f'{{"v": {version}}}', WEIGHTS)


def test_a_version_comes_back_with_its_bundle(ports: Ports) -> None:
    assert ports.versions.next_version("grid") == 1
    add(ports, 1, 2)
    assert ports.versions.next_version("grid") == 3
    assert ports.versions.next_version("another") == 1
    assert ports.versions.get("grid", 2) == candidate(2)
    assert ports.versions.all("grid") == [candidate(1), candidate(2)]
    assert ports.versions.bundle("hash 2") == ('{"v": 2}', WEIGHTS)


def test_a_version_is_never_replaced(ports: Ports) -> None:
    add(ports, 1)
    with pytest.raises(Conflict, match="version 1"):
        ports.versions.add(candidate(1, sha256="other"), "{}", b"")
    assert ports.versions.get("grid", 1) == candidate(1)
    with pytest.raises(NotFound, match="other"):
        ports.versions.bundle("other")


def test_two_versions_may_share_a_bundle(ports: Ports) -> None:
    add(ports, 1)
    ports.versions.add(candidate(2, sha256="hash 1"), '{"v": 1}', WEIGHTS)
    assert ports.versions.get("grid", 2).sha256 == "hash 1"


def test_unknown_version_is_not_found(ports: Ports) -> None:
    with pytest.raises(NotFound, match="version 7"):
        ports.versions.get("grid", 7)
    assert ports.versions.champion("grid") is None
    assert ports.versions.champions() == []


def test_crowning_moves_the_champion_and_records_the_decision(ports: Ports) -> None:
    add(ports, 1, 2)
    ports.versions.crown(champion(1), decision(1))
    second = champion(2, since=after(1), probation_until_seq=500)
    ports.versions.crown(second, decision(2, previous_version=1))
    assert ports.versions.champion("grid") == second
    assert ports.versions.champions() == [second]
    assert ports.decisions.page("grid", 10) == [decision(2, previous_version=1), decision(1)]


def test_each_model_has_its_own_champion(ports: Ports) -> None:
    add(ports, 1)
    ports.versions.add(candidate(1, model="another"), "{}", b"w")
    ports.versions.crown(champion(1), decision(1))
    ports.versions.crown(champion(1, model="another"), decision(1, id="other", model="another"))
    assert [found.model for found in ports.versions.champions()] == ["another", "grid"]


@pytest.mark.parametrize(
    ("wrong", "error"),
    [(champion(9), NotFound), (champion(2, sha256="hash 1"), Conflict)],
    ids=["a version nobody added", "the hash of another version"],
)
def test_only_a_stored_bundle_is_crowned(ports: Ports, wrong: object, error: type[Exception]) -> None:
    add(ports, 1, 2)
    ports.versions.crown(champion(1), decision(1))
    with pytest.raises(error):
        ports.versions.crown(wrong, decision(2))  # type: ignore[arg-type]  # parametrised
    assert ports.versions.champion("grid") == champion(1)
    assert ports.decisions.page("grid", 10) == [decision(1)]


def test_nothing_moves_when_the_decision_cannot_be_recorded(ports: Ports) -> None:
    add(ports, 1, 2)
    ports.versions.crown(champion(1), decision(1))
    with pytest.raises(Conflict, match="'decision 1'"):
        ports.versions.crown(champion(2), decision(2, id="decision 1"))
    assert ports.versions.champion("grid") == champion(1)


def test_crowning_twice_alike_is_a_retry(ports: Ports) -> None:
    add(ports, 1)
    ports.versions.crown(champion(1), decision(1))
    ports.versions.crown(champion(1), decision(1))
    assert ports.decisions.page("grid", 10) == [decision(1)]


def test_decisions_are_paged_newest_first_and_never_change(ports: Ports) -> None:
    for version in (1, 3, 2):
        ports.decisions.add(decision(version, kind="reject"))
    ports.decisions.add(decision(4, model="another"))
    ports.decisions.add(decision(2, kind="reject"))
    assert [found.version for found in ports.decisions.page("grid", 2)] == [3, 2]
    assert ports.decisions.page("grid", 2, 2) == [decision(1, kind="reject")]
    with pytest.raises(Conflict):
        ports.decisions.add(decision(2, kind="promote"))


def test_a_lease_is_refused_while_another_holds_it(ports: Ports) -> None:
    lease = ports.leases.acquire("grid", "worker 1", NOON, 3600)
    assert lease == Lease(model="grid", holder="worker 1", token=1, expires_at=after(1))
    with pytest.raises(Refused, match=r"'worker 1'.*13:00"):
        ports.leases.acquire("grid", "worker 2", after(0.99), 3600)
    assert ports.leases.acquire("another", "worker 2", NOON, 60).token == 1


def test_an_expired_lease_is_taken_over_with_a_higher_token(ports: Ports) -> None:
    old = ports.leases.acquire("grid", "worker 1", NOON, 3600)
    new = ports.leases.acquire("grid", "worker 2", after(1), 3600)
    assert new.token > old.token
    with pytest.raises(Refused, match="taken over"):
        ports.leases.renew(old, after(1), 3600)
    ports.leases.release(old)
    with pytest.raises(Refused, match="worker 2"):
        ports.leases.acquire("grid", "worker 3", after(1.5), 60)


def test_a_renewed_lease_lasts_longer_under_the_same_token(ports: Ports) -> None:
    lease = ports.leases.acquire("grid", "worker 1", NOON, 3600)
    renewed = ports.leases.renew(lease, after(0.5), 3600)
    assert renewed == replace(lease, expires_at=after(1.5))
    with pytest.raises(Refused):
        ports.leases.acquire("grid", "worker 2", after(1.2), 60)


def test_an_expired_lease_that_nobody_took_can_be_renewed(ports: Ports) -> None:
    lease = ports.leases.acquire("grid", "worker 1", NOON, 3600)
    assert ports.leases.renew(lease, after(9), 3600).expires_at == after(10)


def test_a_released_lease_is_free_and_its_token_is_not_used_again(ports: Ports) -> None:
    lease = ports.leases.acquire("grid", "worker 1", NOON, 3600)
    ports.leases.release(lease)
    with pytest.raises(Refused, match="given back"):
        ports.leases.renew(lease, NOON, 3600)
    assert ports.leases.acquire("grid", "worker 2", NOON, 3600).token == lease.token + 1


def test_the_same_holder_gets_a_new_token(ports: Ports) -> None:
    before_restart = ports.leases.acquire("grid", "worker 1", NOON, 3600)
    assert ports.leases.acquire("grid", "worker 1", NOON, 3600).token == before_restart.token + 1


def test_one_of_many_threads_gets_the_lease(ports: Ports) -> None:
    def acquire(n: int) -> bool:
        try:
            ports.leases.acquire("grid", f"worker {n}", NOON, 60)
        except Refused:
            return False
        return True

    with ThreadPoolExecutor(6) as pool:
        assert sum(pool.map(acquire, range(12))) == 1


def test_the_holder_of_the_lease_may_crown(ports: Ports) -> None:
    add(ports, 1)
    lease = ports.leases.acquire("grid", "worker 1", NOON, 60)
    ports.versions.crown(champion(1), decision(1), lease.token)
    assert ports.versions.champion("grid") == champion(1)


def test_a_lease_taken_over_may_not_crown(ports: Ports) -> None:
    add(ports, 1, 2)
    ports.versions.crown(champion(1), decision(1))
    old = ports.leases.acquire("grid", "worker 1", NOON, 60)
    new = ports.leases.acquire("grid", "worker 2", after(1), 60)
    with pytest.raises(Refused, match="taken over"):
        ports.versions.crown(champion(2), decision(2), old.token)
    assert ports.versions.champion("grid") == champion(1)
    assert ports.decisions.page("grid", 10) == [decision(1)]
    ports.versions.crown(champion(2), decision(2), new.token)
    assert ports.versions.champion("grid") == champion(2)


def test_a_token_that_never_was_may_not_crown(ports: Ports) -> None:
    add(ports, 1)
    with pytest.raises(Refused, match="no lease"):
        ports.versions.crown(champion(1), decision(1), 1)
    assert ports.versions.champion("grid") is None
