from __future__ import annotations

import base64
import io
import json

import numpy as np
from PIL import Image

from flows.corrections.contact_sheet import FRAMES, contact_sheet
from flows.corrections.correcting import Corrected
from flows.corrections.corrections_told import PICTURES, corrections_section, keep_with_run, told
from flows.dossier.evidence import Evidence
from flows.training.corrections.ledger import Examined
from infra.domain.corrections import CorrectedRow, CorrectionTests
from infra.memory.tracking import MemoryRun
from infra.model.pictures import encode_picture
from infra.model.schema import Column, FeatureSchema
from tests.contracts.building import corrected, ledger

TESTS = CorrectionTests(total=4, kept=3, forgotten=1, rebroken=0, lost=1)
GREY = encode_picture(np.full((8, 6, 1), 77, dtype=np.uint8))
BRIGHT = encode_picture(np.full((8, 6, 1), 200, dtype=np.uint8))
SCHEMA = FeatureSchema((Column(name="load", kind="numeric"),))


def reviewed(*rows: CorrectedRow) -> Corrected:
    return Corrected(examined=Examined(ledger=ledger("run"), rows=rows), figures=TESTS)


def with_picture(place: int, **changes: object) -> CorrectedRow:
    return corrected(place, features={"image": GREY}, saliency=BRIGHT, **changes)


def run() -> MemoryRun:
    return MemoryRun(id="r", model="grid", name="r")


def test_the_section_answers_in_sentences_tables_and_figures() -> None:
    found = corrections_section(reviewed(corrected(1), corrected(2, fate="broken")), None)
    assert found.sentences[0].startswith("Of the 9 mistakes that version 3 made")
    assert [len(table.rows) for table in found.tables] == [2, 2, 2]
    assert (found.figures["corrections/fixed"], found.figures["corrections/tests_lost"]) == (7.0, 1.0)
    assert found.pictures == ()


def test_the_ledger_is_kept_whole_with_the_run() -> None:
    tracked = run()
    keep_with_run(reviewed(corrected(1), corrected(2)), None, tracked)
    whole = json.loads(tracked.told_files["corrections/ledger.json"])
    assert [row["id"] for row in whole["rows"]] == ["p1", "p2"]
    assert whole["rows"][0]["pushers"][0]["itself"] is True
    assert (whole["ledger"]["before_version"], whole["tests"]["lost"]) == (3, 1)
    assert set(tracked.told_files) == {"corrections/ledger.json"}


def test_pictures_are_shown_and_kept_on_a_sheet() -> None:
    tracked, rows = run(), [with_picture(place) for place in range(1, 15)]
    found = corrections_section(reviewed(*rows), "image")
    assert [picture.png for picture in found.pictures] == [GREY] * PICTURES
    assert "DOWN before, UP now, fixed" in found.pictures[0].caption
    keep_with_run(reviewed(*rows), "image", tracked)
    sheet = np.asarray(Image.open(io.BytesIO(tracked.told_files["corrections/pictures.png"])))
    assert sheet.shape == (2 * 14, 10 * 21, 3)


def test_each_picture_lies_in_a_frame_of_its_fate_beside_where_the_answer_hung() -> None:
    text = contact_sheet([with_picture(1, fate="broken"), corrected(2, features={"image": None})], "image")
    assert text is not None
    cell = np.asarray(Image.open(io.BytesIO(base64.b64decode(text))))
    assert tuple(cell[0, 0]) == FRAMES["broken"]
    assert (cell[3:-3, 3:9] == 77).all()
    assert (cell[3:-3, 12:18] == 200).all()
    assert contact_sheet([corrected(1)], "image") is None


def test_switched_off_it_says_why_it_was_not_measured() -> None:
    tracked = run()
    found = told(Evidence(unmeasured={"merit": "too few rows"}), None, SCHEMA, tracked)
    assert found.corrections is None
    assert found.unmeasured["corrections"] == "it is switched off in the model file (evidence.corrections)"
    assert found.unmeasured["merit"] == "too few rows"
    assert tracked.told_files == {}
