"""What every `ports.Alerts` and `ports.Triggers` does."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta, timezone

import pytest

from infra.domain.errors import Conflict, DataError, NotFound
from infra.ports import Ports
from tests.contracts.building import NOON, after, alert, notice, trigger


def test_an_alert_comes_back_whole(ports: Ports) -> None:
    full = alert(
        "a",
        resolved_at=after(1),
        silenced_until=after(2),
        note="mirror cleaned",
        state="silenced",
        owner="ana",
        runbook="https://wiki.example/accuracy",
        actions=("retraining asked for", "version 3 serves"),
    )
    ports.alerts.save(full)
    assert ports.alerts.get("a") == full
    assert repr(ports.alerts.get("a").evidence["limit"]) == "1.0"


def test_an_alert_is_replaced_by_its_id(ports: Ports) -> None:
    ports.alerts.save(alert("a"))
    ports.alerts.save(alert("a", state="acknowledged", message="seen"))
    assert ports.alerts.page("grid", 10) == [alert("a", state="acknowledged", message="seen")]


def test_unknown_alert_is_not_found_by_name(ports: Ports) -> None:
    with pytest.raises(NotFound, match="'a'"):
        ports.alerts.get("a")


def test_a_pending_alert_is_not_unresolved_and_becomes_open_by_its_id(ports: Ports) -> None:
    ports.alerts.save(alert("late", state="pending", opened_at=after(2)))
    ports.alerts.save(alert("early", state="pending", opened_at=after(1)))
    ports.alerts.save(alert("other", state="pending", model="another"))
    assert ports.alerts.unresolved() == []
    assert [found.id for found in ports.alerts.pending("grid")] == ["early", "late"]
    assert [found.id for found in ports.alerts.page("grid", 10, 0, "pending")] == ["late", "early"]
    ports.alerts.save(alert("late", opened_at=after(2)))
    assert [found.id for found in ports.alerts.unresolved()] == ["late"]
    assert [found.id for found in ports.alerts.pending("grid")] == ["early"]


@pytest.mark.parametrize("state", ["pending", "open"])
def test_a_pending_alert_holds_its_dedup_key(ports: Ports, state: str) -> None:
    ports.alerts.save(alert("first", dedup_key="k", state="pending"))
    with pytest.raises(Conflict, match=r"'first'.*'k'"):
        ports.alerts.save(alert("second", dedup_key="k", state=state))
    ports.alerts.save(alert("first", dedup_key="k", state="resolved"))
    ports.alerts.save(alert("second", dedup_key="k", state=state))
    assert ports.alerts.get("second").state == state


@pytest.mark.parametrize("state", ["open", "acknowledged", "silenced"])
def test_two_unresolved_alerts_never_share_a_dedup_key(ports: Ports, state: str) -> None:
    first = alert("first", dedup_key="k", state=state)
    ports.alerts.save(first)
    with pytest.raises(Conflict, match=r"'first'.*'k'"):
        ports.alerts.save(alert("second", dedup_key="k"))
    assert ports.alerts.unresolved() == [first]


def test_a_dedup_key_is_free_again_once_resolved(ports: Ports) -> None:
    ports.alerts.save(alert("first", dedup_key="k"))
    ports.alerts.save(alert("first", dedup_key="k", state="resolved", resolved_at=after(1)))
    ports.alerts.save(alert("second", dedup_key="k", opened_at=after(2)))
    ports.alerts.save(alert("third", dedup_key="k", state="resolved"))
    assert [found.id for found in ports.alerts.unresolved("grid")] == ["second"]
    with pytest.raises(Conflict):
        ports.alerts.save(alert("first", dedup_key="k", state="open"))


def test_one_of_many_threads_opens_an_alert(ports: Ports) -> None:
    def save(n: int) -> bool:
        try:
            ports.alerts.save(alert(f"a{n}", dedup_key="k"))
        except Conflict:
            return False
        return True

    with ThreadPoolExecutor(6) as pool:
        assert sum(pool.map(save, range(12))) == 1
    assert len(ports.alerts.unresolved("grid")) == 1


def test_unresolved_are_oldest_first_of_one_model_or_all(ports: Ports) -> None:
    ports.alerts.save(alert("late", opened_at=after(2)))
    ports.alerts.save(alert("early", opened_at=after(-2), model="another"))
    ports.alerts.save(alert("tie", opened_at=after(2)))
    ports.alerts.save(alert("gone", state="resolved"))
    assert [found.id for found in ports.alerts.unresolved()] == ["early", "late", "tie"]
    assert [found.id for found in ports.alerts.unresolved("grid")] == ["late", "tie"]


def test_alerts_are_paged_newest_first_with_ties_by_arrival(ports: Ports) -> None:
    for n, hour in enumerate([0, 3, 3, 1, 2]):
        ports.alerts.save(alert(f"a{n}", opened_at=after(hour), state="resolved" if n % 2 else "open"))
    ports.alerts.save(replace(ports.alerts.get("a1"), note="touched"))  # keeps its place
    assert [found.id for found in ports.alerts.page("grid", 2)] == ["a2", "a1"]
    assert [found.id for found in ports.alerts.page("grid", 10, 2)] == ["a4", "a3", "a0"]
    assert [found.id for found in ports.alerts.page("grid", 10, 0, "resolved")] == ["a1", "a3"]
    assert ports.alerts.page("another", 10) == []


def test_moments_come_back_in_utc_from_every_zone(ports: Ports) -> None:
    east = NOON.astimezone(timezone(timedelta(hours=9))) + timedelta(microseconds=7)
    ports.alerts.save(alert("a", opened_at=east, resolved_at=east))
    found = ports.alerts.get("a")
    assert (found.opened_at, found.resolved_at) == (east, east)
    assert found.opened_at.utcoffset() == timedelta(0)


def test_a_moment_without_a_zone_is_refused(ports: Ports) -> None:
    with pytest.raises(ValueError, match="opened_at"):
        ports.alerts.save(alert("a", opened_at=NOON.replace(tzinfo=None)))
    assert ports.alerts.unresolved() == []


def test_evidence_that_was_not_measured_is_refused(ports: Ports) -> None:
    with pytest.raises(DataError, match="accuracy"):
        ports.alerts.save(alert("a", evidence={"accuracy": float("nan")}))
    assert ports.alerts.unresolved() == []


def test_triggers_are_found_by_state_oldest_first(ports: Ports) -> None:
    for n, (hour, state) in enumerate([(2, "requested"), (1, "requested"), (0, "refused"), (2, "requested")]):
        ports.triggers.save(trigger(f"t{n}", at=after(hour), state=state))
    ports.triggers.save(trigger("other", model="another"))
    assert [found.id for found in ports.triggers.in_state("grid", "requested")] == ["t1", "t0", "t3"]
    ports.triggers.save(trigger("t1", at=after(1), state="accepted", actor="ana"))
    assert [found.id for found in ports.triggers.in_state("grid", "requested")] == ["t0", "t3"]
    assert ports.triggers.in_state("grid", "accepted") == [trigger("t1", at=after(1), state="accepted", actor="ana")]
    assert ports.triggers.in_state("grid", "done") == []


def test_triggers_are_paged_newest_first(ports: Ports) -> None:
    for n, hour in enumerate([2, 1, 0, 2]):
        ports.triggers.save(trigger(f"t{n}", at=after(hour), state="refused"))
    assert [found.id for found in ports.triggers.page("grid", 3)] == ["t3", "t0", "t1"]
    assert ports.triggers.page("grid", 3, 3) == [trigger("t2", at=after(0), state="refused")]


def test_many_are_saved_together_with_what_is_told_of_them(ports: Ports) -> None:
    ports.alerts.save(alert("a0", dedup_key="k0"))
    changes = [(alert(f"a{n}", dedup_key=f"k{n}", message="again"), ()) for n in range(2_500)]
    told = [notice("n"), notice("m")]
    ports.alerts.save_all([*changes[:-1], (changes[-1][0], tuple(told))], [alert("a0", dedup_key="k0")])
    assert len(ports.alerts.unresolved("grid")) == 2_500
    assert ports.alerts.get("a0").message == "again"
    assert {one.id for one in ports.outbox.page("grid", 10)} == {"n", "m"}
    ports.alerts.save_all([])


def test_a_key_that_is_given_up_can_be_taken_in_the_same_save(ports: Ports) -> None:
    first = alert("first", dedup_key="k")
    ports.alerts.save(first)
    ports.alerts.save_all([(alert("first", dedup_key="k", state="resolved"), ()), (alert("second", dedup_key="k"), ())])
    assert [one.id for one in ports.alerts.unresolved("grid")] == ["second"]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ([("new", "free"), ("second", "k")], "one before it holds the key"),
        ([("x", "free"), ("y", "free")], "two of them want the same key"),
    ],
)
def test_where_one_is_refused_none_is_saved(ports: Ports, changes: list[tuple[str, str]], reason: str) -> None:
    ports.alerts.save(alert("first", dedup_key="k"))
    with pytest.raises(Conflict):
        ports.alerts.save_all([(alert(name, dedup_key=key), (notice(name),)) for name, key in changes])
    assert [one.id for one in ports.alerts.page("grid", 10)] == ["first"], reason
    assert ports.outbox.page(None, 10) == []


def test_what_somebody_else_changed_since_it_was_read_is_not_written_over(ports: Ports) -> None:
    read = alert("a", evidence={"accuracy": 0.5, "limit": 1.0})
    ports.alerts.save(read)
    ports.alerts.save(replace(read, state="acknowledged"))
    with pytest.raises(Conflict, match="'a' was changed"):
        ports.alerts.save_all([(alert("b", dedup_key="b"), ()), (replace(read, message="worse"), ())], [read])
    assert [(one.id, one.state) for one in ports.alerts.page("grid", 10)] == [("a", "acknowledged")]
    with pytest.raises(Conflict, match="'gone'"):
        ports.alerts.save_all([(alert("gone"), ())], [alert("gone")])


def test_alerts_are_found_by_their_ids_in_the_order_asked(ports: Ports) -> None:
    for name in ("a", "b", "c"):
        ports.alerts.save(alert(name, dedup_key=name))
    assert [one.id for one in ports.alerts.found(["c", "nope", "a", "c"])] == ["c", "a"]
    assert ports.alerts.found([]) == []
