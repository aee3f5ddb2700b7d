"""Every route of the whole app says who may call it, and no POST route takes a hostile body or answers with a 5xx."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from fastapi import APIRouter, Depends, FastAPI
from starlette.responses import PlainTextResponse
from starlette.routing import Mount, Route

from infra.memory import memory_ports
from infra.settings import Settings
from services.inference.app import create_app
from services.inference.roles import DeclaredRole, declared_roles, requires
from tests.unit.services.dashboard.building import pages_of
from tests.unit.services.inference.asserting import problem
from tests.unit.services.inference.building import MODEL, running, served
from tests.unit.services.inference.test_reading import alert

PUBLIC = {"/livez", "/readyz"}
SIGNING_IN = {"/login", "/logout", "/static/{digest}/{name:path}"}
"""Whoever is not known yet needs these."""


def whole_app(folder: Path) -> FastAPI:
    ports = memory_ports(folder)
    return create_app(ports, Settings(), pages=[pages_of(ports)])


def roles_of(folder: Path) -> list[DeclaredRole]:
    return declared_roles(whole_app(folder).routes)


def test_every_route_declares_its_role(tmp_path: Path) -> None:
    found = {(method, one.path): one.role for one in roles_of(tmp_path) for method in one.methods}
    assert {path for (_, path), role in found.items() if role == "public"} >= PUBLIC
    assert found["POST", "/v1/models/{model}/predictions"] == "predict"
    assert found["POST", "/v1/models/{model}/labels"] == "label"
    for path in ("/", "/models/{model}", "/metrics", "/openapi.json", "/v1/models"):
        assert found["GET", path] == "read"
    for path in ("/v1/models/{model}/promote", "/v1/alerts/{alert_id}/silence"):
        assert found["POST", path] == "operate"
    for (method, path), role in found.items():
        assert method in ("GET", "HEAD", "POST")
        if path in SIGNING_IN:
            assert role == "public"
        else:
            assert (role in ("public", "read")) == (method != "POST"), (method, path)


def plain(page: APIRouter) -> None:
    page.get("/planted")(lambda: "hello")


def twice(page: APIRouter) -> None:
    page.get("/planted", dependencies=[requires("read"), requires("operate")])(lambda: "hello")


def with_something_else(page: APIRouter) -> None:
    page.get("/planted", dependencies=[Depends(lambda: "read")])(lambda: "hello")


def nested(page: APIRouter) -> None:
    inner = APIRouter()
    plain(inner)
    page.include_router(inner)


def starlette_route(page: APIRouter) -> None:
    page.routes.append(Route("/planted", lambda _: PlainTextResponse("hello")))


def mounted(page: APIRouter) -> None:
    page.routes.append(Mount("/planted", app=PlainTextResponse("hello")))


def websocket(page: APIRouter) -> None:
    page.websocket("/planted")(lambda: None)


@pytest.mark.parametrize("plant", [plain, twice, with_something_else, nested, starlette_route, mounted, websocket])
def test_a_route_that_does_not_is_named_and_the_app_does_not_start(
    tmp_path: Path, plant: Callable[[APIRouter], None]
) -> None:
    page = APIRouter()
    plant(page)
    with pytest.raises(ValueError, match=r"/planted declares (none|\['operate', 'read'\])"):
        create_app(memory_ports(tmp_path), Settings(), pages=[page])


def test_a_role_declared_for_a_whole_router_counts(tmp_path: Path) -> None:
    page = APIRouter(dependencies=[requires("read")])
    plain(page)
    app = create_app(memory_ports(tmp_path), Settings(), pages=[page])
    assert any(one.path == "/planted" and one.role == "read" for one in declared_roles(app.routes))


JSON = "application/json"
HOSTILE: dict[str, tuple[bytes, str]] = {
    "NaN": (b'{"rows": [{"features": {"speed": NaN}}], "reason": "x", "version": NaN}', JSON),
    "Infinity": (b'{"rows": [{"features": {"speed": Infinity}}], "version": -Infinity}', JSON),
    "1e999": (b'{"rows": [{"features": {"speed": 1e999}}], "version": 1e999, "reason": "x"}', JSON),
    "an integer of a thousand digits": (b'{"reason": "x", "version": ' + b"9" * 1000 + b"}", JSON),
    "a repeated key": (b'{"reason": "x", "reason": "y", "rows": [], "rows": []}', JSON),
    "a repeated key, escaped": (b'{"reason": "x", "re\\u0061son": "y"}', JSON),
    "a lone surrogate": (
        b'{"reason": "\\ud800", "note": "\\udfff", "rows": [{"features": {"shift": "\\ud800"}}]}',
        JSON,
    ),
    "a surrogate as a key": (b'{"\\ud800": 1}', JSON),
    "a NUL": (b'{"reason": "a\\u0000b", "note": "\\u0000", "until": "\\u0000"}', JSON),
    "a raw NUL": (b'{"reason": "a\x00b"}', JSON),
    "100 levels of lists": (b'{"rows": ' + b"[" * 100 + b"]" * 100 + b"}", JSON),
    "100,000 levels of objects": (b'{"a":' * 100_000 + b"1" + b"}" * 100_000, JSON),
    "20 MB": (b'{"rows": [{"features": {"shift": "' + b"x" * 20_000_000 + b'"}}]}', JSON),
    "20,000 rows": (b'{"rows": [' + b",".join([b'{"features":{}}'] * 20_000) + b"]}", JSON),
    "20,000 labels": (b'{"labels": [' + b",".join([b'{"id":"a","value":"b"}'] * 20_000) + b"]}", JSON),
    "not UTF-8": (b'{"reason": "\xff\xfe"}', JSON),
    "UTF-16": ('{"reason": "x"}'.encode("utf-16"), JSON),
    "a byte order mark": (b'\xef\xbb\xbf{"reason": "x"}', JSON),
    "text that ends early": (b'{"rows": [{"features"', JSON),
    "two documents": (b'{"reason": "x"} {"reason": "x"}', JSON),
    "nothing": (b"", JSON),
    "null": (b"null", JSON),
    "a list": (b"[]", JSON),
    "a number": (b"1", JSON),
    "a form": (b"reason=x&version=1", "application/x-www-form-urlencoded"),
    "text": (b'{"reason": "x"}', "text/plain"),
    "another charset": (b'{"reason": "x"}', "application/json; charset=utf-16"),
    "a kind that is none": (b'{"reason": "x"}', "\\"),
    "a picture": (b"\x89PNG\r\n\x1a\n" + bytes(64), "image/png"),
    "a pickle": (b"\x80\x04\x95\x00.", "application/octet-stream"),
    "an Arrow stream that is none": (b"\xff\xff\xff\xff" + b"\x7f" * 64, "application/vnd.apache.arrow.stream"),
}


@pytest.mark.anyio
async def test_no_hostile_body_is_taken_or_gives_a_5xx_on_any_post_route(
    tmp_path: Path, subtests: pytest.Subtests
) -> None:
    ports = served(tmp_path)
    ports.alerts.save(alert())
    async with running(ports) as api:
        declared = declared_roles(api.app.routes)
        paths = {one.path for one in declared if "POST" in one.methods}
        assert len(paths) >= 8
        for path in sorted(paths):
            url = path.format(model=MODEL, version=1, alert_id="a1", quarantine_id="q1", trigger_id="t1")
            for name, (body, kind) in HOSTILE.items():
                with subtests.test(name, path=path):
                    answer = await api.client.post(url, content=body, headers={"content-type": kind})
                    assert 400 <= answer.status_code < 500, answer.text
                    problem(answer, answer.status_code)
                    assert len(answer.content) < 20_000
        assert ports.predictions.last_seq(MODEL) == 0
        assert ports.alerts.get("a1").state == "open"
        assert ports.triggers.in_state(MODEL, "requested") == []
        assert (await api.client.get("/livez")).status_code == 200


@pytest.mark.anyio
async def test_more_than_the_limits_is_413_and_what_nests_deeper_422(tmp_path: Path) -> None:
    async with running(served(tmp_path)) as api:
        headers = {"content-type": JSON}
        for route, key in (("predictions", "rows"), ("labels", "labels")):
            url = f"/v1/models/{MODEL}/{route}"
            for name in ("20 MB", f"20,000 {key}"):
                problem(await api.client.post(url, content=HOSTILE[name][0], headers=headers), 413)
            deep = f'{{"{key}": {"[" * 100}{"]" * 100}}}'.encode()
            problem(await api.client.post(url, content=deep, headers=headers), 422)
