from __future__ import annotations

import base64
import io
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import orjson
import pytest
from PIL import Image

from infra.memory import memory_ports
from infra.model.pictures import encode_picture
from infra.model.schema import Column, FeatureSchema
from infra.settings import Settings
from services.inference.predictor import Serving
from tests.unit.services.inference.asserting import problem
from tests.unit.services.inference.building import (
    MODEL,
    Running,
    bundle,
    crown,
    publish,
    register,
    running,
    served,
)

pytestmark = pytest.mark.anyio
INPUTS: list[dict[str, Any]] = [
    {"name": "speed", "datatype": "FP64", "shape": [2], "data": [1.5, None]},
    {"name": "shift", "datatype": "BYTES", "shape": [2, 1], "data": [["early"], ["late"]]},
    {"name": "wet", "datatype": "BOOL", "shape": [2], "data": [False, True]},
]
WRONG = [{**INPUTS[0], "datatype": "BYTES", "data": ["fast", None]}, *INPUTS[1:]]


async def infer(api: Running, document: Any, model: str = MODEL, version: str = "") -> httpx.Response:
    place = f"/versions/{version}" if version else ""
    return await api.client.post(f"/v2/models/{model}{place}/infer", json=document)


def tensors(answer: httpx.Response) -> dict[str, Any]:
    assert answer.status_code == 200, answer.text
    return {one["name"]: one["data"] for one in answer.json()["outputs"]}


def protocol_problem(answer: httpx.Response, status: int) -> dict[str, Any]:
    document = problem(answer, status)
    assert document["error"] == document["detail"]
    return document


async def test_tensors_are_answered_as_rows_are_and_stored(tmp_path: Path) -> None:
    async with running(served(tmp_path)) as api:
        answer = await infer(api, {"id": "42", "inputs": INPUTS})
        found = tensors(answer)
        stored = api.ports.predictions.get(MODEL, "42/1").prediction
        features = {"speed": 1.5, "shift": "early", "wet": False}
        row = (await api.predict({"id": "42/0", "features": features})).json()["predictions"][0]
        again = await infer(api, {"id": "42", "inputs": INPUTS})
        assert "keepsharp_predictions_total" in await api.metrics()
        assert api.ports.predictions.last_seq(MODEL) == 2
    assert answer.json()["model_version"] == "1"
    assert found["id"] == ["42/0", "42/1"]
    assert stored.features == {"speed": None, "shift": "late", "wet": True}
    assert found["value"] == [row["value"], stored.value]
    assert found["probabilities"][:2] == list(row["probabilities"].values())
    assert again.content == answer.content


async def test_one_bad_row_refuses_the_request_unless_the_caller_says_otherwise(tmp_path: Path) -> None:
    async with running(served(tmp_path)) as api:
        refused = protocol_problem(await infer(api, {"id": "a", "inputs": WRONG}), 422)
        assert api.ports.predictions.last_seq(MODEL) == 0
        some = await infer(api, {"id": "a", "inputs": WRONG, "parameters": {"all_or_nothing": False}})
    assert [(one["row"], one["field"]) for one in refused["errors"]] == [(0, "speed")]
    assert tensors(some)["id"] == [None, "a/1"]
    errors = orjson.loads(some.json()["parameters"]["errors"])
    assert [(one["row"], one["field"]) for one in errors] == [(0, "speed")]


async def test_an_id_with_other_features_is_a_conflict(tmp_path: Path) -> None:
    other = [{**INPUTS[0], "data": [9.0, 9.0]}, *INPUTS[1:]]
    async with running(served(tmp_path)) as api:
        await infer(api, {"id": "a", "inputs": INPUTS})
        protocol_problem(await infer(api, {"id": "a", "inputs": other}), 409)


async def test_the_server_tells_what_it_is_and_whether_it_is_ready(tmp_path: Path) -> None:
    async with running(served(tmp_path)) as api:
        for path in ("/v2", "/v2/"):
            server = (await api.client.get(path)).json()
            assert (server["name"], server["extensions"]) == ("keepsharp", [])
        assert (await api.client.get("/v2/health/live")).json() == {"live": True}
        assert (await api.client.get("/v2/health/ready")).json() == {"ready": True}
        ready = await api.client.get(f"/v2/models/{MODEL}/ready")
        assert ready.json() == {"name": MODEL, "ready": True}


async def test_a_server_without_its_champion_is_not_ready(tmp_path: Path) -> None:
    ports = served(tmp_path)
    async with running(ports) as api:
        register(ports, "young")
        protocol_problem(await api.client.get("/v2/models/young/ready"), 503)
        crown(ports, publish(ports, 1, bundle(seed=3), model="young"))
        document = protocol_problem(await api.client.get("/v2/health/ready"), 503)
    assert document["errors"][0]["field"] == "young"


async def test_metadata_say_what_a_model_wants_and_gives(tmp_path: Path) -> None:
    async with running(served(tmp_path)) as api:
        document = (await api.client.get(f"/v2/models/{MODEL}")).json()
        versioned = (await api.client.get(f"/v2/models/{MODEL}/versions/1")).json()
    assert document == versioned
    assert (document["name"], document["versions"], document["platform"]) == (MODEL, ["1"], "keepsharp")
    assert document["inputs"] == [
        {"name": "speed", "datatype": "FP64", "shape": [-1]},
        {"name": "shift", "datatype": "BYTES", "shape": [-1]},
        {"name": "wet", "datatype": "BOOL", "shape": [-1]},
    ]
    assert [(one["name"], one["datatype"], one["shape"]) for one in document["outputs"]] == [
        ("id", "BYTES", [-1]),
        ("value", "BYTES", [-1]),
        ("probabilities", "FP64", [-1, 2]),
        ("confidence", "FP64", [-1]),
        ("abstained", "BOOL", [-1]),
        ("version", "INT64", [-1]),
    ]
    assert orjson.loads(document["properties"]["optional_inputs"]) == ["plant", "id", "time"]


async def test_what_metadata_name_can_be_asked(tmp_path: Path) -> None:
    ports = memory_ports(tmp_path)
    register(ports, "line", "regression")
    made = bundle(task="regression", schema=FeatureSchema((Column(name="x", kind="numeric"),)))
    crown(ports, publish(ports, 1, made))
    async with running(ports) as api:
        document = (await api.client.get(f"/v2/models/{MODEL}")).json()
        matrix = {"name": "rows", "datatype": "FP32", "shape": [2, 1], "data": [0.5, 1]}
        answer = await infer(api, {"inputs": [matrix], "outputs": [{"name": "value"}]})
        wide = {"name": "rows", "datatype": "FP32", "shape": [1, 2], "data": [0.5, 1]}
        protocol_problem(await infer(api, {"inputs": [wide]}), 422)
    assert orjson.loads(document["properties"]["matrix_columns"]) == ["x"]
    assert [one["name"] for one in document["outputs"]] == ["id", "value", "interval", "version"]
    assert document["outputs"][2] == {"name": "interval", "datatype": "FP64", "shape": [-1, 2]}
    assert list(tensors(answer)) == ["value"]
    assert all(isinstance(value, float) for value in tensors(answer)["value"])


async def test_a_version_that_is_not_loaded_is_not_found(tmp_path: Path) -> None:
    async with running(served(tmp_path)) as api:
        assert tensors(await infer(api, {"inputs": INPUTS}, version="1"))["version"] == [1, 1]
        for version in ("2", "0", "-1", "x", "1.0", "9" * 30, "%C2%B2"):
            protocol_problem(await infer(api, {"inputs": INPUTS}, version=version), 404)
            protocol_problem(await api.client.get(f"/v2/models/{MODEL}/versions/{version}/ready"), 404)
        for model in ("ghost", "%00", "x" * 300):
            protocol_problem(await infer(api, {"inputs": INPUTS}, model=model), 404)
            protocol_problem(await api.client.get(f"/v2/models/{model}"), 404)


async def test_the_challenger_answers_when_its_version_is_asked_for(tmp_path: Path) -> None:
    async with running(served(tmp_path)) as api:
        deployment = api.service.predictor.deployment(MODEL)
        assert deployment is not None
        made = bundle(seed=2)
        other = Serving(model=MODEL, version=7, sha256=made.sha256, bundle=made)
        api.service.predictor.swap(replace(deployment, challenger=other))
        found = await infer(api, {"inputs": INPUTS}, version="7")
        metadata = (await api.client.get(f"/v2/models/{MODEL}")).json()
        ready = await api.client.get(f"/v2/models/{MODEL}/versions/7/ready")
    assert (found.json()["model_version"], tensors(found)["version"]) == ("7", [7, 7])
    assert metadata["versions"] == ["1", "7"]
    assert ready.status_code == 200


async def test_bodies_are_read_as_strictly_as_everywhere(tmp_path: Path) -> None:
    settings = Settings(max_body_bytes=2000, max_rows=2, reload_seconds=3600)
    async with running(served(tmp_path), settings) as api:
        url, headers = f"/v2/models/{MODEL}/infer", {"content-type": "application/json"}
        for body, status in (
            (b"", 400),
            (b'{"inputs": [NaN]}', 400),
            (b'{"inputs": [], "inputs": []}', 400),
            (b'{"inputs": "\\u0000"}', 422),
            (b"[" * 100 + b"]" * 100, 422),
            (b" " * 2001, 413),
        ):
            protocol_problem(await api.client.post(url, content=body, headers=headers), status)
        protocol_problem(await api.client.post(url, content=b"x", headers={"content-type": "text/plain"}), 415)
        three = [{**INPUTS[0], "shape": [3], "data": [1, 2, 3]}]
        protocol_problem(await infer(api, {"inputs": three}), 413)


async def test_a_large_request_is_read_beside_the_loop_and_answered_alike(tmp_path: Path) -> None:
    rows = 6000
    inputs = [
        {"name": "speed", "datatype": "FP64", "shape": [rows], "data": [1.2345678] * rows},
        {"name": "shift", "datatype": "BYTES", "shape": [rows], "data": ["early"] * rows},
        {"name": "wet", "datatype": "BOOL", "shape": [rows], "data": [True] * rows},
    ]
    async with running(served(tmp_path)) as api:
        found = tensors(await infer(api, {"id": "bulk", "inputs": inputs}))
    assert found["id"] == [f"bulk/{row}" for row in range(rows)]
    assert len(found["probabilities"]) == 2 * rows


def _png(pixels: np.ndarray, mode: str | None = None) -> str:
    stream = io.BytesIO()
    image = Image.fromarray(pixels)
    (image.convert(mode) if mode else image).save(stream, format="PNG")
    return base64.b64encode(stream.getvalue()).decode()


async def test_pictures_are_tensors_of_text_and_hostile_ones_are_faults_of_their_rows(tmp_path: Path) -> None:
    pixels = np.arange(4 * 4 * 3, dtype=np.uint8).reshape(4, 4, 3)
    schema = FeatureSchema((Column(name="image", kind="picture", shape=(4, 4, 3)), Column(name="x", kind="numeric")))
    made = bundle(schema=schema, example={"image": encode_picture(pixels), "x": 0.5})
    ports = memory_ports(tmp_path)
    register(ports)
    crown(ports, publish(ports, 1, made))
    hostile = [
        _png(pixels, "RGBA"),
        _png(pixels, "P"),
        _png(pixels[:, :, 0].astype(np.uint16)),
        _png(pixels[:3]),
        _png(np.zeros((3000, 3000), dtype=np.uint8)),
        encode_picture(pixels)[:60],
        "no picture",
        "A" * 200_000,
    ]
    pictures = [encode_picture(pixels), None, *hostile]
    rows = len(pictures)
    inputs = [
        {"name": "image", "datatype": "BYTES", "shape": [rows, 1], "data": pictures},
        {"name": "x", "datatype": "FP32", "shape": [rows], "data": [1.0] * rows},
    ]
    async with running(ports) as api:
        refused = protocol_problem(await infer(api, {"id": "p", "inputs": inputs}), 422)
        parameters = {"all_or_nothing": False}
        some = tensors(await infer(api, {"id": "p", "inputs": inputs, "parameters": parameters}))
        stored = api.ports.predictions.get(MODEL, "p/0").prediction
    assert [(one["row"], one["field"]) for one in refused["errors"]] == [(row, "image") for row in range(2, rows)]
    assert some["id"] == ["p/0", "p/1"] + [None] * len(hostile)
    assert stored.features["image"] == encode_picture(pixels)


async def test_the_openapi_document_knows_the_protocol(tmp_path: Path) -> None:
    async with running(served(tmp_path)) as api:
        document = (await api.client.get("/openapi.json")).json()
    paths = {path for path in document["paths"] if path.startswith("/v2")}
    assert paths == {
        "/v2",
        "/v2/health/live",
        "/v2/health/ready",
        *(
            f"/v2/models/{{model}}{version}{action}"
            for version in ("", "/versions/{version}")
            for action in ("", "/ready", "/infer")
        ),
    }
    operations = [operation for path in paths for operation in document["paths"][path].values()]
    assert len({operation["operationId"] for operation in operations}) == len(operations)
    for path in paths:
        for operation in document["paths"][path].values():
            assert [one["name"] for one in operation.get("parameters", ())] == [
                part.strip("{}") for part in path.split("/") if part.startswith("{")
            ]
    infer_route = document["paths"]["/v2/models/{model}/infer"]["post"]
    assert infer_route["responses"]["422"]["content"]["application/problem+json"]["schema"] == {
        "$ref": "#/components/schemas/ProtocolProblem"
    }
    assert "error" in document["components"]["schemas"]["ProtocolProblem"]["required"]
