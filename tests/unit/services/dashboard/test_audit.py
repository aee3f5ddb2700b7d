"""The record as a page: whether it holds, who did what, one deed whole, and which model answered an id."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from urllib.parse import quote, urlencode

import pytest

from infra.domain.deeds import INSTALLATION, Deed, Link, personal
from infra.ports import Deeds, Ports
from monitoring.readiness import data, infrastructure, model, watching
from services.dashboard.navigation import TABS
from services.dashboard.pages.readiness import EVIDENCE
from tests.contracts import building as make
from tests.unit.services.dashboard.building import HOSTILE, SPEC, Browser, browsing, register
from tests.unit.services.dashboard.test_pages import Page, page

AUDIT = "/models/grid/audit"


def deed() -> Deed:
    said = {"note": HOSTILE}
    return personal("acknowledge", "alert", "loud", model="grid", actor="ana", at=make.after(7), content=said)


@pytest.fixture
def signed(ports: Ports) -> Ports:
    """Beside the decisions, a deed of ana's and one of the installation's."""
    ports.deeds.add(deed())
    ports.deeds.add(personal("create", "key", "k1", model=INSTALLATION, actor="root", at=make.NOON))
    return ports


def test_an_intact_record_shows_its_head(client: Browser, signed: Ports) -> None:
    head = signed.deeds.head("grid")
    text = page(client, AUDIT).text
    assert "Intact" in text
    assert f"{head.place}:{head.hash}" in text
    assert "the installation" in page(client, "/audit").text


class Tampered:
    """Deeds as they are read after somebody rewrote the second one in the database."""

    def __init__(self, deeds: Deeds) -> None:
        self._deeds = deeds

    def __getattr__(self, name: str) -> Any:
        return getattr(self._deeds, name)

    def after(self, model: str, place: int, limit: int) -> list[Link]:
        found = self._deeds.after(model, place, limit)
        return [replace(one, deed=replace(one.deed, actor="nobody")) if one.place == 2 else one for one in found]


def test_a_broken_record_says_until_where_it_holds(signed: Ports) -> None:
    with browsing(replace(signed, deeds=Tampered(signed.deeds))) as client:
        text = page(client, AUDIT).text
    for words in ("Broken", "at deed 2", "1 before it hold, until", "Expected"):
        assert words in text


def test_a_record_is_held_to_a_head_that_was_noted(client: Browser, signed: Ports) -> None:
    first = signed.deeds.after("grid", 0, 1)[0]
    noted = page(client, f"{AUDIT}?{urlencode({'head': f'1:{first.hash}'})}").text
    assert "still passes through the head that was noted at deed 1" in noted
    assert "Broken" in page(client, f"{AUDIT}?{urlencode({'head': '1:' + 'ab' * 32})}").text
    assert "Give PLACE:HASH" in page(client, f"{AUDIT}?head=nonsense").text


def test_deeds_are_chosen_by_who_and_what(client: Browser, signed: Ports) -> None:
    assert "acknowledge alert" in page(client, AUDIT).text
    assert "promote version" in page(client, f"{AUDIT}?act=promote").text
    assert "acknowledge alert" not in page(client, f"{AUDIT}?act=promote").text
    assert "promote version" not in page(client, f"{AUDIT}?actor=ana").text
    assert "No deed on record fits." in page(client, f"{AUDIT}?actor=ana&act=promote").text
    assert "create key" in page(client, "/audit?chain=installation").text
    assert "create key" not in page(client, "/audit?chain=grid").text
    assert client.get("/audit?chain=nobody").status_code == 404


def test_a_decision_is_told_whole(client: Browser, signed: Ports) -> None:
    text = page(client, f"{AUDIT}/1").text
    assert "Promote version 1" in text
    assert "0.90 is above the floor." in text
    assert signed.deeds.after("grid", 0, 1)[0].hash in text


def test_a_persons_deed_is_told_in_their_words(client: Browser, signed: Ports) -> None:
    last = signed.deeds.head("grid").place
    html = client.get(f"{AUDIT}/{last}").text
    assert HOSTILE in "".join(Page(html).words)
    assert "<script>alert" not in html
    assert "root" in page(client, "/audit/installation/1").text


@pytest.mark.parametrize("path", [f"{AUDIT}/0", f"{AUDIT}/999", "/audit/installation/99", "/models/nobody/audit"])
def test_a_deed_that_is_not_there_is_said(client: Browser, signed: Ports, path: str) -> None:
    assert client.get(path).status_code == 404


def test_an_id_leads_to_the_model_that_answered_it(client: Browser, signed: Ports) -> None:
    signed.predictions.add(
        [make.prediction("a b/c", version=2, probabilities={"UP": 0.8, "DOWN": 0.2}, confidence=0.8)]
    )
    signed.labels.add([make.label("a b/c", "DOWN", source="lab")])
    answer = client.get(f"/audit/answer?{urlencode({'row': ' a b/c '})}")
    assert answer.status_code == 303
    text = page(client, answer.headers["Location"]).text
    for words in ("version 2", "80.0% sure", "DOWN", "says lab", "Why this version served"):
        assert words in text


def test_an_id_that_nobody_or_several_answered_is_said(client: Browser, signed: Ports) -> None:
    assert client.get("/audit/answer").status_code == 200
    lost = client.get("/audit/answer?row=nothing")
    assert lost.status_code == 404
    assert "No model has a prediction of this id" in lost.text
    register(signed, "other", SPEC.replace("grid", "other"))
    for name in ("grid", "other"):
        signed.predictions.add([make.prediction("shared", model=name)])
    found = page(client, "/audit/answer?row=shared")
    assert {"/models/grid/answer?row=shared", "/models/other/answer?row=shared"} <= found.links


def test_hostile_ids_stay_words(client: Browser, signed: Ports) -> None:
    signed.predictions.add([make.prediction(HOSTILE, features={HOSTILE: HOSTILE})])
    html = client.get(f"/models/grid/answer?row={quote(HOSTILE, safe='')}").text
    assert "<script>alert" not in html
    assert HOSTILE in "".join(Page(html).words)
    assert "<script>alert" not in client.get(f"/audit/answer?row={quote(HOSTILE + 'x', safe='')}").text


def test_readiness_is_the_lowest_section_with_the_evidence_of_each_test(client: Browser, ports: Ports) -> None:
    register(ports, "new", SPEC.replace("grid", "new"))
    found = page(client, "/models/new/readiness")
    assert "0 of 7" in found.text
    assert "lowest" in found.text
    assert sum(tag == "li" for tag, _ in found.tags) >= 28
    assert "/models/new/audit" in found.links
    assert "1 features are frozen" in page(client, "/models/grid/readiness").text


def test_evidence_leads_to_pages_of_tests_that_there_are() -> None:
    known = {test for part in (data, model, infrastructure, watching) for test, _ in part.CHECKS}
    assert set(EVIDENCE) <= known
    paths = {path.partition("#")[0].partition("?")[0] for path in EVIDENCE.values()}
    assert paths <= {entry.path for entry in TABS} | {"/alerts"}
