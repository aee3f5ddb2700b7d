from __future__ import annotations

from pathlib import Path

import httpx
import pytest
from fastapi import APIRouter
from starlette.responses import PlainTextResponse

from infra.settings import Settings
from services.inference.app import create_app
from services.inference.roles import requires
from tests.unit.services.inference.asserting import problem
from tests.unit.services.inference.building import GOOD, MODEL, running, served

pytestmark = pytest.mark.anyio


async def test_probes_tell_alive_from_ready(tmp_path: Path) -> None:
    async with running(served(tmp_path)) as api:
        assert (await api.client.get("/livez")).json() == {"status": "alive"}
        assert (await api.client.get("/readyz")).json() == {"status": "ready", "models": {MODEL: 1}}


async def test_every_answer_carries_a_request_id_and_security_headers(tmp_path: Path) -> None:
    async with running(served(tmp_path)) as api:
        for answer in (await api.predict({"features": GOOD}), await api.client.get("/nowhere")):
            assert len(answer.headers["x-request-id"]) == 32
            assert answer.headers["x-content-type-options"] == "nosniff"
            assert answer.headers["x-frame-options"] == "DENY"
            assert "default-src 'none'" in answer.headers["content-security-policy"]
            assert answer.headers["cache-control"] == "no-store"
            assert "access-control-allow-origin" not in answer.headers
        own = await api.client.get("/livez", headers={"X-Request-Id": "order-7.b"})
        assert own.headers["x-request-id"] == "order-7.b"
        for foreign in ("x" * 65, "a b", "a\tb", "ä"):
            other = await api.client.get("/livez", headers=[(b"X-Request-Id", foreign.encode())])
            assert other.headers["x-request-id"] not in foreign


async def test_unknown_routes_and_methods_are_problems_too(tmp_path: Path) -> None:
    async with running(served(tmp_path)) as api:
        assert "/openapi.json" in problem(await api.client.get("/v1/nothing"), 404)["detail"]
        problem(await api.client.get("/livez/"), 404)
        wrong = await api.client.put(f"/v1/models/{MODEL}/predictions")
        assert "POST" in problem(wrong, 405)["detail"]
        assert wrong.headers["allow"] == "POST"


async def test_a_fault_of_ours_is_a_problem_without_its_secrets(tmp_path: Path) -> None:
    page = APIRouter()

    @page.get("/broken", dependencies=[requires("public")])
    def broken() -> None:
        raise RuntimeError("the password is swordfish")

    @page.get("/styled", dependencies=[requires("public")])
    def styled() -> PlainTextResponse:
        return PlainTextResponse("hello", headers={"Content-Security-Policy": "default-src 'self'"})

    app = create_app(served(tmp_path), Settings(), pages=[page])
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://127.0.0.1") as client:
        assert "swordfish" not in str(problem(await client.get("/broken"), 500))
        assert (await client.get("/styled")).headers["content-security-policy"] == "default-src 'self'"


async def test_two_apps_share_no_metrics(tmp_path: Path) -> None:
    async with running(served(tmp_path / "a")) as one, running(served(tmp_path / "b")) as other:
        await one.predict({"features": GOOD})
        assert "keepsharp_predictions_total{" in await one.metrics()
        assert "keepsharp_predictions_total{" not in await other.metrics()


async def test_the_openapi_document_tells_errors_and_bodies_of_every_route(tmp_path: Path) -> None:
    async with running(served(tmp_path)) as api:
        document = (await api.client.get("/openapi.json")).json()
    assert document["openapi"].startswith("3.1")
    operations = {
        (method, path): operation
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    }
    assert {path for _, path in operations} >= {
        f"/v1/models/{{model}}/{name}"
        for name in ("predictions", "labels", "windows", "alerts", "runs", "decisions", "costs", "corrections")
    }
    for (method, path), operation in operations.items():
        for status, response in operation["responses"].items():
            if status[0] in "45d":
                assert list(response["content"]) == ["application/problem+json"], (method, path, status)
        if "{model}" in path:
            assert operation["parameters"][0]["name"] == "model"
            assert "404" in operation["responses"]
        if method == "post":
            assert "application/json" in operation["requestBody"]["content"]
    assert "HTTPValidationError" not in str(document)
    refs = {part.split("'")[0] for part in str(document).split("'$ref': '#/components/schemas/")[1:]}
    assert refs <= set(document["components"]["schemas"])
