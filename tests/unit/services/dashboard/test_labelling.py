"""Labelling by a person: what waits, what is kept, what is shown when, and labels that are let go again."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest

from infra.model.pictures import encode_picture
from infra.ports import Ports
from tests.contracts import building as make
from tests.unit.services.dashboard.building import HOSTILE, Browser, register
from tests.unit.services.dashboard.test_pages import Page, page

LABELLING = "/models/grid/labelling"
NUMBERS = "model: load\ntask: regression\ndata: {source: a.csv, target: y}\n"


@pytest.fixture
def queued(ports: Ports) -> Ports:
    """Three rows without a label, one of them abstained from, and a champion that knows two classes."""
    ports.versions.add(make.candidate(7, sha256="c" * 64), '{"classes": ["DOWN", "UP"]}', b"")
    crowning = make.decision(7, id="seven", at=make.after(9))
    ports.versions.crown(make.champion(7, sha256="c" * 64, since=make.after(9), decision_id="seven"), crowning)
    shares = {"DOWN": 0.4, "UP": 0.6}
    for name, confidence, abstained in (("sure", 0.9, False), ("unsure", 0.6, False), ("torn", 0.7, True)):
        ports.predictions.add(
            [make.prediction(name, confidence=confidence, abstained=abstained, probabilities=shares, value="UP")]
        )
    return ports


def label(client: Browser, row: str, **fields: str) -> Page:
    answer = client.submit(f"{LABELLING}?row={row}", LABELLING, row=row, **fields)
    assert answer.status_code == 303, answer.text
    return page(client, answer.headers["Location"])


def test_what_the_model_is_least_sure_of_comes_first(client: Browser, queued: Ports) -> None:
    found = page(client, LABELLING)
    assert found.text.index("torn") > 0
    assert "the model abstained" in found.text
    assert "3 left in this queue" in found.text
    assert "unsure" in page(client, f"{LABELLING}?skip=1").text
    listed = [
        word for word in page(client, f"{LABELLING}?view=list").text.split() if word in ("torn", "unsure", "sure")
    ]
    assert listed[-3:] == ["torn", "unsure", "sure"]


def test_each_class_has_a_key(client: Browser, queued: Ports) -> None:
    buttons = {
        a["value"]: a.get("data-key") for tag, a in page(client, LABELLING).tags if tag == "button" and "value" in a
    }
    assert buttons == {"DOWN": "1", "UP": "2"}
    keys = {attrs["data-key"] for tag, attrs in page(client, LABELLING).tags if tag == "a" and "data-key" in attrs}
    assert keys == {"s"}


def test_what_the_model_said_is_folded_until_a_person_has_said_it(client: Browser, queued: Ports) -> None:
    found = page(client, LABELLING)
    opened = [attrs for tag, attrs in found.tags if tag == "details" and attrs.get("id") == "so-far"]
    assert opened == [{"id": "so-far"}]
    shown = label(client, "torn", value="DOWN")
    assert "You said DOWN of torn ; the model abstained, leaning to UP" in shown.text
    assert "not the same" in shown.text


def test_a_label_is_kept_as_the_api_keeps_it_and_the_row_leaves_the_queue(client: Browser, queued: Ports) -> None:
    shown = label(client, "torn", value="DOWN")
    (kept,) = queued.labels.history("grid", "torn")
    assert (kept.value, kept.source) == ("DOWN", "person")
    assert "2 left in this queue" in shown.text
    assert "Done by you today 1" in shown.text


def test_the_last_answer_is_undone_by_another_one_and_both_stay(client: Browser, queued: Ports) -> None:
    shown = label(client, "torn", value="DOWN")
    (undo,) = [attrs["href"] for tag, attrs in shown.tags if attrs.get("data-key") == "u"]
    assert parse_qs(urlsplit(undo or "").query)["row"] == ["torn"]
    assert "You said DOWN before" in page(client, undo or "").text
    assert "corrected since" in label(client, "torn", value="UP").text
    assert [one.value for one in queued.labels.history("grid", "torn")] == ["DOWN", "UP"]


def test_a_class_that_the_model_does_not_know_can_be_said(client: Browser, queued: Ports) -> None:
    label(client, "torn", value="SIDEWAYS")
    assert queued.labels.history("grid", "torn")[0].value == "SIDEWAYS"


def test_a_regression_takes_a_number_and_nothing_else(client: Browser, ports: Ports) -> None:
    register(ports, "load", NUMBERS)
    ports.predictions.add([make.prediction("r", model="load", value=3.5)])
    path = "/models/load/labelling"
    for wrong in ("", "many", "nan", "inf"):
        answer = client.submit(path, path, row="r", number=wrong)
        assert answer.status_code == 422
        assert "problem" in answer.text
    assert client.submit(path, path, row="r", number="12,5").status_code == 303
    assert ports.labels.history("load", "r")[0].value == 12.5


def test_a_row_that_is_not_there_cannot_be_labelled(client: Browser, queued: Ports) -> None:
    assert client.submit(LABELLING, LABELLING, row="nowhere", value="UP").status_code == 404
    assert queued.labels.counts("grid")["waiting"] == 0


def test_rows_are_drawn_at_random_and_wait_in_their_queue(client: Browser, queued: Ports) -> None:
    audit = f"{LABELLING}?queue=audit"
    for wrong in ("0", "-1", "many", "201"):
        assert client.submit(audit, f"{LABELLING}/draw", rows=wrong).status_code == 422
    answer = client.submit(audit, f"{LABELLING}/draw", rows="2")
    assert answer.status_code == 303
    assert "2 left in this queue" in page(client, answer.headers["Location"]).text
    assert len(queued.audits.page("grid", 10)) == 2


def test_rows_that_two_sources_disagree_about_ask_for_a_third_look(client: Browser, queued: Ports) -> None:
    for value, source in (("UP", "line"), ("DOWN", "lab")):
        queued.labels.add([make.label("torn", value, source=source)])
    found = page(client, f"{LABELLING}?queue=contradicted")
    assert "line and lab disagree" in found.text
    assert "They disagree." in found.text


def test_labels_that_look_wrong_are_asked_about_again(client: Browser, ports: Ports) -> None:
    for place in range(120):
        truth = "UP" if place % 2 else "DOWN"
        shares = {"UP": 0.95, "DOWN": 0.05} if truth == "UP" else {"UP": 0.05, "DOWN": 0.95}
        ports.predictions.add([make.prediction(f"p{place}", value=truth, probabilities=shares, confidence=0.95)])
        said = {"UP": "DOWN", "DOWN": "UP"}[truth] if place == 60 else truth
        ports.labels.add([make.label(f"p{place}", said)])
    found = page(client, f"{LABELLING}?queue=suspects")
    assert "p60" in found.text
    assert "the model gave its label 5.0%" in found.text


def test_a_picture_is_shown_large(client: Browser, queued: Ports) -> None:
    picture = encode_picture(np.zeros((4, 4), dtype=np.uint8))
    queued.predictions.add([make.prediction("seen", features={"image": picture}, confidence=0.1)])
    sources = {attrs["src"] for tag, attrs in page(client, f"{LABELLING}?row=seen").tags if tag == "img"}
    assert "/models/grid/picture?row=seen" in sources
    assert picture not in client.get(f"{LABELLING}?row=seen").text


def test_a_quarantine_is_released_with_a_reason_once(client: Browser, queued: Ports) -> None:
    queued.labels.add([make.label("torn", "DOWN", source="gauge"), make.label("sure", "UP", source="hand")])
    queued.quarantines.save(make.quarantine("held", 1, 2, source="gauge"))
    path = "/models/grid/quarantines/held"
    assert "the gauge was off" in page(client, LABELLING).text
    found = page(client, path)
    assert "torn" in found.text
    assert "hand" not in found.text
    assert client.submit(path, f"{path}/release", reason="").status_code == 422
    assert queued.quarantines.get("held").released_at is None
    assert client.submit(path, f"{path}/release", reason="it was repaired").status_code == 303
    assert queued.quarantines.get("held").released_by == "person"
    assert "No label is" not in page(client, LABELLING).text
    assert client.get("/models/grid/quarantines/nothing").status_code == 404


def test_the_overview_names_every_model_and_what_waits(client: Browser, queued: Ports) -> None:
    register(queued, "bbb")
    queued.quarantines.save(make.quarantine("held", 1, 2))
    text = page(client, "/labelling").text
    assert text.index("grid") < text.index("bbb")
    assert "3 of 3" in text


def test_hostile_words_stay_words(client: Browser, queued: Ports) -> None:
    queued.predictions.add([make.prediction(HOSTILE, features={HOSTILE: HOSTILE}, confidence=0.1)])
    queued.labels.add([make.label(HOSTILE, HOSTILE, source=HOSTILE), make.label(HOSTILE, "UP", source="x")])
    queued.quarantines.save(replace(make.quarantine("held", 1, 2), reason=HOSTILE, source=HOSTILE))
    for path in ("", "?queue=contradicted", "?view=list&queue=contradicted", "?last=nothing"):
        html = client.get(LABELLING + path).text
        assert "<script>" not in html
    assert HOSTILE in "".join(Page(client.get(f"{LABELLING}?queue=contradicted").text).words)
