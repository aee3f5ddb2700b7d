from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from infra.alert_book import change_alerts, read_book
from infra.domain.alerts import AlertBook, AlertChange
from infra.domain.errors import Conflict
from infra.domain.handover import note_action
from infra.memory import memory_ports
from tests.unit.infra.notify.building import NOW, a_notice, an_alert


def test_the_book_has_what_stands_and_what_somebody_may_believe_to_stand(tmp_path: Path) -> None:
    ports = memory_ports(tmp_path)
    told, gone, unheard, pending = (an_alert(name) for name in ("told", "gone", "unheard", "pending"))
    for alert in (told, gone, unheard):
        ports.alerts.save(replace(alert, state="resolved"))
    ports.alerts.save(replace(pending, state="pending"))
    ports.alerts.save(an_alert("open"), [a_notice("n1", alert_ids=("told", "gone", "open", "lost"))])
    ports.alerts.save(an_alert("open"), [a_notice("n2", alert_ids=("gone",), event="resolved")])
    book = read_book(ports.alerts, ports.outbox, "line")
    assert {alert.id for alert in book.standing} == {"pending", "open"}
    assert [alert.id for alert in book.resolved] == ["told"]
    assert len(book.notices) == 2


def test_what_a_person_did_meanwhile_is_not_written_over(tmp_path: Path) -> None:
    ports = memory_ports(tmp_path)
    ports.alerts.save(an_alert())
    asked = 0

    def decide(book: AlertBook) -> Sequence[AlertChange]:
        nonlocal asked
        asked += 1
        if asked == 1:
            ports.alerts.save(replace(an_alert(), state="acknowledged"))
        return [(note_action(alert, "retrained", NOW), ()) for alert in book.standing]

    change_alerts(ports.alerts, ports.outbox, "line", decide)
    found = ports.alerts.get("a1")
    assert (asked, found.state, found.actions) == (2, "acknowledged", ("2026-03-01 12:00 retrained",))


def test_where_one_was_changed_meanwhile_none_is_saved_until_all_are_decided_again(tmp_path: Path) -> None:
    ports = memory_ports(tmp_path)
    for name in ("a1", "a2"):
        ports.alerts.save(an_alert(name))
    books: list[AlertBook] = []

    def decide(book: AlertBook) -> Sequence[AlertChange]:
        books.append(book)
        if len(books) == 1:
            ports.alerts.save(replace(an_alert("a2"), state="resolved"))
        return [(note_action(alert, f"seen {len(books)}", NOW), ()) for alert in book.standing]

    saved = change_alerts(ports.alerts, ports.outbox, "line", decide)
    assert [alert.id for alert in saved] == ["a1"]
    assert ports.alerts.get("a1").actions == ("2026-03-01 12:00 seen 2",)
    assert ports.alerts.get("a2").actions == ()


def test_one_that_others_always_change_first_is_given_up_on(tmp_path: Path) -> None:
    ports = memory_ports(tmp_path)
    ports.alerts.save(an_alert())

    def decide(book: AlertBook) -> Sequence[AlertChange]:
        second = replace(an_alert("a2"), dedup_key="a1")
        return [(second, ())]

    with pytest.raises(Conflict):
        change_alerts(ports.alerts, ports.outbox, "line", decide)
