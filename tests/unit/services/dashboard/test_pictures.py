"""Pictures of rows: pixels alone, for who may read, and nothing that is no picture."""

from __future__ import annotations

import base64
import io

import numpy as np
import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from infra.model.pictures import encode_picture
from infra.ports import Ports
from services.dashboard.pictures import address_of_answered, address_of_corrected
from tests.contracts import building as make
from tests.unit.services.dashboard.building import Browser

PIXELS = np.arange(48, dtype=np.uint8).reshape(6, 8)


def with_words(words: str) -> str:
    stream, said = io.BytesIO(), PngInfo()
    said.add_text("Comment", words)
    Image.fromarray(PIXELS).save(stream, format="PNG", pnginfo=said)
    return base64.b64encode(stream.getvalue()).decode()


def test_a_predictions_picture_is_sent_as_pixels_alone(client: Browser, ports: Ports) -> None:
    features = {"side": "left", "image": with_words("<script>alert(1)</script>")}
    ports.predictions.add([make.prediction("a/b ?", features=features)])
    answer = client.get(address_of_answered("grid", "a/b ?"))
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "image/png"
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert b"script" not in answer.content
    assert (np.asarray(Image.open(io.BytesIO(answer.content))) == PIXELS).all()


def test_a_corrected_row_has_its_picture_and_where_the_answer_hung_on_it(client: Browser, ports: Ports) -> None:
    seen, hung = encode_picture(PIXELS), encode_picture(255 - PIXELS)
    row = make.corrected(1, features={"image": seen}, saliency=hung)
    ports.corrections.save(make.ledger("run"), [row])
    for saliency, expected in ((False, PIXELS), (True, 255 - PIXELS)):
        answer = client.get(address_of_corrected("grid", "run", 1, saliency=saliency))
        assert (np.asarray(Image.open(io.BytesIO(answer.content))) == expected).all()


@pytest.mark.parametrize(
    "path",
    [
        "/models/grid/picture?row=plain",
        "/models/grid/picture?row=forged",
        "/models/grid/picture?row=nothing",
        "/models/nobody/picture?row=plain",
        "/models/grid/runs/run/rows/1/picture",
        "/models/grid/runs/run/rows/1/saliency",
        "/models/grid/runs/run/rows/0/picture",
        "/models/grid/runs/run/rows/2/picture",
        "/models/grid/runs/none/rows/1/picture",
        "/models/grid/runs/run/rows/99999999999999999999/picture",
    ],
)
def test_what_is_no_picture_is_not_sent(client: Browser, ports: Ports, path: str) -> None:
    ports.predictions.add([make.prediction("plain"), make.prediction("forged", features={"a": "iVBORw0KGgo<svg/>"})])
    ports.corrections.save(make.ledger("run"), [make.corrected(1, saliency=None)])
    answer = client.get(path)
    assert answer.status_code == 404
    assert answer.headers["Content-Type"].startswith("text/html")
