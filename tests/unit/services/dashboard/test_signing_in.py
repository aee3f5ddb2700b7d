"""Signing in by key: sessions, their end, forms' tokens, and what a visitor without the role is told."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import httpx
import pytest
from anyio.from_thread import BlockingPortal, start_blocking_portal
from fastapi import APIRouter, Request
from starlette.responses import Response

from infra.domain.access import AccessRole
from infra.domain.errors import Refused
from infra.memory import memory_ports
from infra.ports import Ports
from infra.settings import Settings
from services.dashboard import pages
from services.dashboard.pages import signing_in
from services.dashboard.site import Site
from services.inference.api_keys import mint_key
from services.inference.app import create_app
from tests.contracts import building as make
from tests.unit.services.dashboard.building import SECRET, pages_of, register

FORM = {"Content-Type": "application/x-www-form-urlencoded"}


class Planted:
    """A page module with one form, as page builders write them."""

    @staticmethod
    def add(routes: APIRouter, site: Site) -> None:
        @routes.get("/planted", dependencies=[site.requires("read")])
        def show(request: Request) -> Response:
            return site.page(request, "problem.html", {"title": "Planted", "text": site.actor(request)})

        @routes.post("/planted", dependencies=[site.requires("operate")])
        def act(request: Request) -> Response:
            reason = site.form(request).text("reason", needed=True)
            if reason == "refuse":
                raise Refused("the domain says no")
            return site.see(request, "/planted", f"{site.actor(request)} said <b>{reason}</b>")


class Person:
    """A browser of one person: keeps cookies, follows no redirect."""

    def __init__(self, portal: BlockingPortal, client: httpx.AsyncClient) -> None:
        self._portal, self._client = portal, client

    def get(self, path: str, **headers: str) -> httpx.Response:
        sent = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
        ask = partial(self._client.get, path, headers=sent)
        return self._portal.call(ask)

    def post(self, path: str, **fields: str) -> httpx.Response:
        return self._portal.call(partial(self._client.post, path, data=fields))

    def send(self, path: str, content: bytes, kind: str) -> httpx.Response:
        return self._portal.call(partial(self._client.post, path, content=content, headers={"Content-Type": kind}))

    def token(self, path: str = "/login") -> str:
        found = re.search(r'name="csrf" value="([^"]+)"', self.get(path).text)
        assert found is not None
        return found[1]

    def sign_in(self, secret: str, onward: str = "/") -> httpx.Response:
        return self.post("/login", csrf=self.token(), key=secret, next=onward)

    @property
    def cookies(self) -> httpx.Cookies:
        return self._client.cookies


@contextmanager
def person(ports: Ports, settings: Settings, base: str = "http://127.0.0.1") -> Iterator[Person]:
    app = create_app(ports, settings, pages=[pages_of(ports)])
    client = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=base)
    with start_blocking_portal() as portal:
        portal.call(app.state.service.access.refresh)
        yield Person(portal, client)
        portal.call(client.aclose)


@pytest.fixture
def ports(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Ports:
    ports = memory_ports(tmp_path)
    register(ports)
    monkeypatch.setattr(signing_in, "WRONG_KEY_SECONDS", 0.0)
    monkeypatch.setattr(pages, "PAGES", (*pages.PAGES, Planted))
    return ports


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path, access="keys", signing_secret=SECRET, reload_seconds=3600)


def key(ports: Ports, *roles: AccessRole, name: str = "ana") -> str:
    minted = mint_key(name, roles, at=make.NOON)
    ports.keys.add(minted.key)
    return minted.secret


def test_whoever_is_not_known_is_led_to_sign_in_and_back(ports: Ports, settings: Settings) -> None:
    secret = key(ports, "read")
    with person(ports, settings) as ana:
        led = ana.get("/models/grid?from=3")
        assert (led.status_code, led.headers["Location"]) == (303, "/login?next=/models/grid%3Ffrom%3D3")
        assert 'value="/models/grid?from=3"' in ana.get(led.headers["Location"]).text
        back = ana.sign_in(secret, "/models/grid?from=3")
        assert (back.status_code, back.headers["Location"]) == (303, "/models/grid?from=3")
        cookie = back.headers["Set-Cookie"]
        assert "HttpOnly" in cookie
        assert "SameSite=strict" in cookie
        assert "Secure" not in cookie
        assert secret not in cookie
        assert ana.get("/models/grid").status_code == 200
        assert "ana" in ana.get("/planted").text


def test_over_https_cookies_stay_on_https(ports: Ports, settings: Settings) -> None:
    secret = key(ports, "read")
    with person(ports, settings, "https://127.0.0.1") as ana:
        assert all("Secure" in one for one in ana.sign_in(secret).headers.get_list("Set-Cookie"))


@pytest.mark.parametrize("wrong", ["", "nonsense", "ks_00112233aabbccdd_" + "x" * 43, "kä" * 300])
def test_a_wrong_key_is_said_clearly_and_gives_no_session(ports: Ports, settings: Settings, wrong: str) -> None:
    key(ports, "read")
    with person(ports, settings) as somebody:
        answer = somebody.sign_in(wrong)
        assert answer.status_code == 401
        assert "not known here, or was revoked" in answer.text
        assert 'aria-invalid="true"' in answer.text
        assert "keepsharp_session" not in somebody.cookies


def test_many_wrong_keys_are_refused_and_a_right_one_is_not(ports: Ports, settings: Settings) -> None:
    secret = key(ports, "read")
    with person(ports, settings) as somebody:
        found = [somebody.sign_in("nonsense").status_code for _ in range(signing_in.MOST_WRONG_A_MINUTE + 1)]
        assert found == [401] * signing_in.MOST_WRONG_A_MINUTE + [429]
        assert somebody.sign_in(secret).status_code == 303


def test_a_session_ends_with_its_key_its_time_and_signing_out(ports: Ports, settings: Settings) -> None:
    secret = key(ports, "read")
    with person(ports, settings) as ana:
        ana.sign_in(secret)
        session = ana.cookies["keepsharp_session"]
        key_id, ends, salt, signature = session.split(".")
        for forged in (f"{key_id}.{int(ends) + 1}.{salt}.{signature}", f"{key_id}.{ends}.{salt}.", "a.b", "..", "é"):
            answer = ana.get("/", Cookie=f"keepsharp_session={forged}")
            assert answer.status_code == 303, forged
        assert ana.get("/", Cookie=f"keepsharp_session={session}").status_code == 200
        assert ana.post("/logout", csrf=ana.token("/planted")).status_code == 303
        assert ana.get("/").status_code == 303
    ports.keys.revoke("ana", make.NOON)
    with person(ports, settings) as ana:
        assert ana.get("/", Cookie=f"keepsharp_session={session}").status_code == 303


@pytest.mark.parametrize(
    "onward", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)"]
)
def test_nobody_is_led_to_another_site(ports: Ports, settings: Settings, onward: str) -> None:
    secret = key(ports, "read")
    with person(ports, settings) as ana:
        assert ana.sign_in(secret, onward).headers["Location"] == "/"


def test_a_link_of_another_site_is_opened_from_here_so_that_the_cookie_comes(ports: Ports, settings: Settings) -> None:
    key(ports, "read")
    with person(ports, settings) as ana:
        answer = ana.get("/models/grid", Sec_Fetch_Site="cross-site", Sec_Fetch_Mode="navigate")
        assert answer.status_code == 200
        assert '<meta http-equiv="refresh" content="0">' in answer.text
        assert "grid-desk" not in answer.text
        assert "Set-Cookie" not in answer.headers  # a new one would make the forms of other tabs worthless


def test_what_was_done_is_said_once_and_escaped(ports: Ports, settings: Settings) -> None:
    secret = key(ports, "read", "operate")
    with person(ports, settings) as ana:
        ana.sign_in(secret)
        done = ana.post("/planted", csrf=ana.token("/planted"), reason="it fell")
        assert (done.status_code, done.headers["Location"]) == (303, "/planted")
        assert "ana said &lt;b&gt;it fell&lt;/b&gt;" in ana.get("/planted").text
        assert "it fell" not in ana.get("/planted").text


@pytest.mark.parametrize("token", ["", "nonsense", "a.b", "é.ü"])
def test_a_form_without_our_token_does_nothing(ports: Ports, settings: Settings, token: str) -> None:
    secret = key(ports, "operate", "read")
    with person(ports, settings) as ana:
        ana.sign_in(secret)
        answer = ana.post("/planted", csrf=token, reason="x")
        assert answer.status_code == 403
        assert "did not come from a page of this dashboard" in answer.text


def test_a_token_of_another_browser_does_nothing(ports: Ports, settings: Settings) -> None:
    secret = key(ports, "operate", "read")
    with person(ports, settings) as other:
        foreign = other.token()
    with person(ports, settings) as ana:
        ana.sign_in(secret)
        assert ana.post("/planted", csrf=foreign, reason="x").status_code == 403


def test_who_may_not_is_told_which_role_is_needed(ports: Ports, settings: Settings) -> None:
    secret = key(ports, "read")
    with person(ports, settings) as ana:
        ana.sign_in(secret)
        answer = ana.post("/planted", csrf=ana.token("/planted"), reason="x")
        assert answer.status_code == 403
        assert "needs the role operate" in answer.text


@pytest.mark.parametrize(
    ("content", "kind", "status"),
    [
        (b'{"reason": "x"}', "application/json", 415),
        (b"reason=" + b"x" * 100_000, FORM["Content-Type"], 413),
        (b"&".join([b"a=b"] * 1000), FORM["Content-Type"], 413),
        (b"reason=%ff", FORM["Content-Type"], 400),
        (b"reason=\xff", FORM["Content-Type"], 400),
        (b"", FORM["Content-Type"], 403),
        (b"", "", 415),
    ],
)
def test_a_hostile_body_is_refused_on_a_page(
    ports: Ports, settings: Settings, content: bytes, kind: str, status: int
) -> None:
    with person(ports, settings) as somebody:
        answer = somebody.send("/login", content, kind)
        assert answer.status_code == status
        assert answer.headers["Content-Type"].startswith("text/html")


def test_what_the_domain_refuses_is_said_on_a_page(ports: Ports, settings: Settings) -> None:
    secret = key(ports, "read", "operate")
    with person(ports, settings) as ana:
        ana.sign_in(secret)
        answer = ana.post("/planted", csrf=ana.token("/planted"), reason="refuse")
        assert answer.status_code == 409
        assert "the domain says no" in answer.text


def test_without_keys_everybody_acts_and_nobody_signs_in(ports: Ports, settings: Settings) -> None:
    with person(ports, settings.model_copy(update={"access": "open"})) as somebody:
        assert somebody.get("/login?next=/planted").headers["Location"] == "/planted"
        assert somebody.get("/planted").status_code == 200
        assert somebody.post("/planted", reason="x").status_code == 403


def test_every_form_of_the_pages_asks_for_a_token(ports: Ports, settings: Settings) -> None:
    routes = pages_of(ports).routes
    posts = {route.path for route in routes if "POST" in getattr(route, "methods", ())}  # type: ignore[attr-defined]
    assert {"/login", "/logout", "/planted"} <= posts
    with person(ports, settings.model_copy(update={"access": "open"})) as somebody:
        for path in posts:
            answer = somebody.post(re.sub(r"\{[^}]+\}", "1", path), reason="x")
            assert answer.status_code == 403, path
            assert "did not come from a page of this dashboard" in answer.text


def test_an_unknown_path_is_a_page_for_a_browser_and_json_for_a_program(ports: Ports, settings: Settings) -> None:
    secret = key(ports, "read")
    with person(ports, settings) as ana:
        stranger = ana.get("/nowhere<b>", accept="text/html,*/*;q=0.8")
        assert (stranger.status_code, stranger.headers["Content-Type"]) == (404, "text/html; charset=utf-8")
        assert "There is no page /nowhere&lt;b&gt;." in stranger.text or "/nowhere%3Cb%3E" in stranger.text
        assert 'aria-label="Site"' not in stranger.text
        ana.sign_in(secret)
        assert 'aria-label="Site"' in ana.get("/nowhere", accept="text/html").text
        for program in (ana.get("/nowhere", accept="*/*"), ana.get("/v1/nowhere", accept="application/json")):
            assert program.status_code == 404
            assert program.headers["Content-Type"] == "application/problem+json"
        assert ana.get("/v1/models/grid/predictions", accept="text/html").status_code == 405


def test_who_may_not_is_told_so_beside_the_navigation(ports: Ports, settings: Settings) -> None:
    secret = key(ports, "read")
    with person(ports, settings) as ana:
        ana.sign_in(secret)
        refused = ana.post("/planted", csrf=ana.token("/planted"), reason="why")
        assert refused.status_code == 403
        assert 'aria-label="Site"' in refused.text
        assert "Sign out" in refused.text
