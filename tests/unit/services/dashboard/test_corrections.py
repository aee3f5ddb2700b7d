"""What retrainings corrected, as pages: the counts, the most telling rows, and the tests that stand."""

from __future__ import annotations

import numpy as np
import pytest

from infra.model.pictures import encode_picture
from infra.ports import Ports
from tests.contracts import building as make
from tests.unit.services.dashboard.building import HOSTILE, Browser
from tests.unit.services.dashboard.test_pages import page

OF_RUN = "/models/grid/runs/run%203/corrections"


@pytest.fixture
def corrected(ports: Ports) -> Ports:
    """Run 3 fixed one row and broke another, which is a picture; two tests stand, one of them forgotten."""
    picture = encode_picture(np.zeros((4, 4, 1), dtype=np.uint8))
    rows = [
        make.corrected(1, run_id="run 3", id=HOSTILE),
        make.corrected(2, run_id="run 3", fate="broken", features={"image": picture}, saliency=picture, moved_by=()),
    ]
    ports.corrections.save(make.ledger("run 3"), rows)
    forgotten = make.correction_test("b", state="forgotten", run_id="run 3")
    ports.standing_tests.save([make.correction_test("a", run_id="run 3"), forgotten])
    return ports


def test_a_model_tells_what_each_training_corrected_and_which_tests_stand(client: Browser, corrected: Ports) -> None:
    found = page(client, "/models/grid/corrections")
    assert OF_RUN in found.links
    assert "9 7 2 1 78%" in found.text
    assert "Asked of every candidate 2 Right ever since 1 Forgotten 1" in found.text


def test_a_model_without_any_says_what_will_stand_there(client: Browser) -> None:
    text = page(client, "/models/grid/corrections").text
    assert "Nothing was corrected yet." in text
    assert "None yet: what a promoted training fixes becomes a test by itself." in text


def test_a_row_is_told_before_and_after_with_what_moved_it(client: Browser, corrected: Ports) -> None:
    found = page(client, OF_RUN)
    for words in ("✗ DOWN", "10.0% for the truth", "✓ UP", "90.0% for the truth", "load 1.5 +0.7", "itself"):
        assert words in found.text
    assert "body.0 30% —" in found.text
    assert "<script>alert" not in client.get(OF_RUN).text


def test_a_picture_is_shown_with_where_the_answer_hung_on_it(client: Browser, corrected: Ports) -> None:
    images = [attrs["src"] or "" for tag, attrs in page(client, OF_RUN).tags if tag == "img"]
    shown = [address for address in images if "/rows/" in address]
    assert shown == ["/models/grid/runs/run%203/rows/2/picture", "/models/grid/runs/run%203/rows/2/saliency"]
    assert all(client.get(address).status_code == 200 for address in shown)


@pytest.mark.parametrize(
    ("asked", "places"),
    [
        ("", {"1", "2"}),
        ("?fate=fixed", {"1"}),
        ("?fate=broken", {"2"}),
        ("?fate=still_wrong", set()),
        ("?from=9", set()),
    ],
)
def test_the_address_says_which_rows_are_shown(client: Browser, corrected: Ports, asked: str, places: set[str]) -> None:
    ids = page(client, f"{OF_RUN}{asked}").ids
    assert {one.removeprefix("row-") for one in ids if one.startswith("row-")} == places


@pytest.mark.parametrize("start", ["-1", "²", "9" * 30, "x"])
def test_a_start_that_is_no_number_is_the_beginning_or_the_end(client: Browser, corrected: Ports, start: str) -> None:
    assert client.get(f"{OF_RUN}?from={start}").status_code == 200


def test_a_run_that_kept_no_ledger_says_so(client: Browser) -> None:
    answer = client.get("/models/grid/runs/run%202/corrections")
    assert answer.status_code == 404
    assert "kept no ledger" in answer.text


def test_a_person_makes_a_row_a_permanent_test_and_ends_one(client: Browser, corrected: Ports) -> None:
    ports = corrected
    action = f"{OF_RUN}/tests"
    assert client.submit(OF_RUN, action, id=HOSTILE, reason="").status_code == 303
    assert "Not done: Say it in a few words." in page(client, OF_RUN).text
    assert client.submit(OF_RUN, action, id=HOSTILE, reason="never again").status_code == 303
    made = ports.standing_tests.get("grid", HOSTILE)
    assert made is not None
    assert made.made_by == "person"
    found = page(client, OF_RUN)
    assert "a test by person’s hand" in found.text
    assert found.text.count("Make it a permanent test") == 1, "the other row can be one still"
    listed = "/models/grid/corrections"
    assert "by person" in page(client, listed).text
    assert client.submit(listed, "/models/grid/tests/withdraw", id="b", reason="the gauge was off").status_code == 303
    assert "ended withdrawn by person: the gauge was off" in page(client, listed).text
    assert client.submit(listed, "/models/grid/tests/withdraw", id="b", reason="twice").status_code == 409
    assert [one.deed.act for one in ports.deeds.page("grid", 2)] == ["withdraw", "add"]
