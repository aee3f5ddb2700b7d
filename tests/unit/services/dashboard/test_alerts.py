"""The inbox and an alert's own page: what is shown of which alerts, and what a person does to one."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from infra.ports import Ports
from infra.settings import Settings
from services.dashboard.alert_facts import facts_of
from tests.contracts import building as make
from tests.unit.services.dashboard.building import HOSTILE, SECRET, Browser
from tests.unit.services.dashboard.test_pages import page
from tests.unit.services.dashboard.test_signing_in import key, person

LOUD = "/alerts/loud"
FIGURES = {
    "accuracy": 0.86,
    "low": 0.785,
    "high": 0.912,
    "accepted": 0.921,
    "limit": 0.891,
    "window": 2,
    "last_seq": 300,
    "silent_seconds": 5400.0,
    "opened_seq": 100,
}


@pytest.mark.parametrize(
    ("asked", "shown"),
    [
        ("", {"loud"}),
        ("?state=all", {"loud", "over"}),
        ("?state=resolved", {"over"}),
        ("?severity=info", set()),
        ("?state=all&severity=info", {"over"}),
        ("?model=other", set()),
        ("?state=nonsense&severity=nonsense", {"loud"}),
    ],
)
def test_the_address_says_which_alerts_are_shown(client: Browser, asked: str, shown: set[str]) -> None:
    found = page(client, f"/alerts{asked}")
    assert {one for one in ("loud", "over") if f"/alerts/{one}" in found.links} == shown


def test_the_worst_come_first(client: Browser, ports: Ports) -> None:
    ports.alerts.save(make.alert("mild", severity="info", opened_at=make.after(9), rule="later but milder"))
    text = page(client, "/alerts").text
    assert text.index("Accuracy") < text.index("Later but milder")


def test_an_alert_tells_its_figures_in_words_and_leads_to_its_window(client: Browser, ports: Ports) -> None:
    (standing,) = ports.alerts.unresolved("grid")
    ports.alerts.save(replace(standing, evidence=FIGURES))
    found = page(client, LOUD)
    for words in ("Measured accuracy 86.0% (78.5–91.2%)", "Accepted at 92.1%", "Silent for 1.5 hours"):
        assert words in found.text
    assert "last seq" not in found.text
    assert "/models/grid/windows/2" in found.links
    assert any(attrs.get("role") == "img" for tag, attrs in found.tags if tag == "svg")


def test_figures_of_a_regression_are_errors() -> None:
    alert = make.alert("one", evidence={"mae": 12.3456, "low": 11.0, "high": 13.5, "accepted": 10.0, "version": 2})
    told = {one.name: one.text for one in facts_of(alert, "mae")}
    assert told == {"Measured MAE": "12.35 (11–13.5)", "Accepted at": "10", "Version": "2"}


def test_what_was_done_about_it_is_linked(client: Browser, ports: Ports) -> None:
    (standing,) = ports.alerts.unresolved("grid")
    deeds = (
        "2026-03-01 16:00 retraining accepted: it pays",
        "2026-03-01 16:00 version 3 was rejected",
    )
    ports.alerts.save(replace(standing, actions=deeds))
    ports.triggers.save(make.trigger("t", at=make.after(4), state="done", reason="it pays"))
    ports.triggers.save(make.trigger("another", at=make.after(5), state="done"))
    found = page(client, LOUD)
    assert "Version 3 was trained, and was rejected" in found.text
    assert {"/models/grid/runs/run%203", "/models/grid/retraining#trigger-t"} <= found.links
    assert "/models/grid/retraining#trigger-another" not in found.links


def test_what_was_trained_while_it_stood_is_told_where_nothing_was_done_because_of_it(
    client: Browser, ports: Ports
) -> None:
    ports.runs.save(make.run("run 3", version=3, at=make.after(4), state="succeeded", trigger_id="meanwhile"))
    ports.triggers.save(make.trigger("meanwhile", at=make.after(4), state="done"))
    assert "No retraining has followed yet." in page(client, LOUD).text
    client.submit(LOUD, f"{LOUD}/note", note="still there")
    found = page(client, LOUD)
    assert "this was trained while it stood" in found.text
    assert "/models/grid/runs/run%203" in found.links


def test_an_acknowledgement_is_kept_with_the_note_and_said(client: Browser, ports: Ports) -> None:
    done = client.submit(LOUD, f"{LOUD}/acknowledge", note="a dirty lens")
    assert (done.status_code, done.headers["Location"]) == (303, LOUD)
    kept = ports.alerts.get("loud")
    assert (kept.state, kept.note) == ("acknowledged", "person: a dirty lens")
    (link, *_) = ports.deeds.page("grid", 1)
    assert (link.deed.act, link.deed.subject) == ("acknowledge", "loud")
    found = page(client, LOUD)
    assert "Acknowledged: it stands" in found.text
    assert "Acknowledged by person: a dirty lens" in found.text


def test_from_the_inbox_one_comes_back_to_the_inbox(client: Browser) -> None:
    done = client.submit("/alerts", f"{LOUD}/acknowledge", back="/alerts?state=all")
    assert done.headers["Location"] == "/alerts?state=all"
    done = client.submit(LOUD, f"{LOUD}/acknowledge", back="https://evil.example/")
    assert done.headers["Location"] == "/"


def test_a_silence_lasts_for_a_span_or_until_a_moment(client: Browser, ports: Ports) -> None:
    client.submit(LOUD, f"{LOUD}/silence", span="8h", moment="")
    spanned = ports.alerts.get("loud")
    assert spanned.silenced_until is not None
    assert (spanned.silenced_until - spanned.updated_at).total_seconds() == 8 * 3600
    client.submit(LOUD, f"{LOUD}/silence", span="8h", moment="2999-01-01T12:00")
    named = ports.alerts.get("loud").silenced_until
    assert named is not None
    assert named.isoformat() == "2999-01-01T12:00:00+00:00"


@pytest.mark.parametrize(
    ("act", "fields", "field"),
    [
        ("silence", {"span": "8h", "moment": "2001-01-01T12:00"}, "moment"),
        ("silence", {"span": "8h", "moment": "tomorrow"}, "moment"),
        ("silence", {"span": "for ever"}, "span"),
        ("assign", {"owner": ""}, "owner"),
        ("note", {"note": ""}, "note"),
    ],
)
def test_what_cannot_be_used_is_said_beside_its_field_and_changes_nothing(
    client: Browser, ports: Ports, act: str, fields: dict[str, str], field: str
) -> None:
    before = ports.alerts.get("loud")
    answer = client.submit(LOUD, f"{LOUD}/{act}", **fields)
    assert answer.status_code == 422
    assert f'id="{field}-problem"' in answer.text
    assert ports.alerts.get("loud") == before


def test_a_resolved_alert_takes_a_note_and_nothing_else(client: Browser, ports: Ports) -> None:
    client.submit(LOUD, f"{LOUD}/resolve", note="")
    assert ports.alerts.get("loud").state == "resolved"
    client.submit(LOUD, f"{LOUD}/note", note=HOSTILE)
    assert ports.alerts.get("loud").note == f"person: {HOSTILE}"
    client.submit(LOUD, f"{LOUD}/assign", owner="mina")
    found = page(client, LOUD)
    assert "Not done: alert loud is resolved already" in found.text
    assert "<script>alert" not in client.get(LOUD).text


def test_who_may_only_read_is_offered_nothing_and_can_do_nothing(ports: Ports, tmp_path: Path) -> None:
    secret = key(ports, "read")
    settings = Settings(home=tmp_path, access="keys", signing_secret=SECRET, reload_seconds=3600)
    with person(ports, settings) as reader:
        reader.sign_in(secret)
        assert "Acknowledge" not in reader.get(LOUD).text
        assert reader.post(f"{LOUD}/acknowledge", csrf=reader.token("/alerts")).status_code == 403
    assert ports.alerts.get("loud").state == "open"
