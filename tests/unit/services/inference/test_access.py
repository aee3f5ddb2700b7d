from __future__ import annotations

import base64
import hmac
from datetime import timedelta
from pathlib import Path

import anyio
import httpx
import pytest
import structlog

from infra.domain.access import AccessRole, ApiKey
from infra.domain.errors import Unavailable
from infra.memory.keys import MemoryKeys
from infra.settings import Settings
from services.inference.access import REFRESH_SECONDS, Access, NeededRole, is_open
from services.inference.api_keys import digest_of, mint_key
from services.inference.problems import Problem
from tests.unit.services.inference.asserting import problem
from tests.unit.services.inference.building import GOOD, MODEL, NOW, running, served

pytestmark = pytest.mark.anyio
Headers = list[tuple[bytes, bytes]]


class Clock:
    """Monotonic seconds that a test moves."""

    def __init__(self) -> None:
        self.seconds = 100.0

    def __call__(self) -> float:
        return self.seconds


class Keys(MemoryKeys):
    """Keys in a database that can be away."""

    away = False

    def all(self) -> list[ApiKey]:
        if self.away:
            raise Unavailable("the database does not answer")
        return super().all()

    def give(self, name: str, *roles: AccessRole, per_minute: int | None = None) -> str:
        minted = mint_key(name, roles, at=NOW, per_minute=per_minute)
        self.add(minted.key)
        return minted.secret


def guarded(keys: Keys, clock: Clock | None = None, per_minute: int = 1000) -> Access:
    return Access(keys, open=False, requests_per_minute=per_minute, monotonic=clock or Clock())


def bearer(secret: str) -> Headers:
    return [(b"host", b"keepsharp.example"), (b"authorization", f"Bearer {secret}".encode())]


def refused(access: Access, headers: Headers, role: NeededRole) -> Problem:
    with pytest.raises(Problem) as caught:
        access.admit(headers, role)
    return caught.value


def basic(user: str, password: str) -> bytes:
    return b"Basic " + base64.b64encode(f"{user}:{password}".encode())


async def test_a_secret_is_taken_from_any_of_three_places() -> None:
    keys = Keys()
    secret = keys.give("ana", "read")
    access = guarded(keys)
    await access.refresh()
    for name, value in (
        (b"authorization", f"Bearer {secret}".encode()),
        (b"authorization", f"bEARER   {secret}".encode()),
        (b"authorization", basic("whoever", secret)),
        (b"x-api-key", secret.encode()),
    ):
        who = access.admit([(b"accept", b"*/*"), (name, value)], "read")
        assert (who.name, who.roles, who.known) == ("ana", frozenset({"read"}), True)


async def test_what_is_no_valid_key_is_401_and_says_how_to_send_one(subtests: pytest.Subtests) -> None:
    keys = Keys()
    secret, revoked = keys.give("ana", "admin"), keys.give("bob", "admin")
    keys.revoke("bob", NOW + timedelta(hours=1))
    access = guarded(keys)
    await access.refresh()
    other_id = f"ks_{'0' * 16}_{secret.split('_', 2)[2]}"
    cases: list[tuple[str, Headers]] = [
        ("nothing", []),
        ("an empty secret", bearer("")),
        ("an empty key header beside a good one", [*bearer(secret), (b"x-api-key", b"")]),
        ("another's secret", bearer(mint_key("eve", ["admin"], at=NOW).secret)),
        ("one character less", bearer(secret[:-1])),
        ("one character more", bearer(secret + "A")),
        ("one character changed", bearer(secret[:-1] + ("A" if secret[-1] != "A" else "B"))),
        ("a good secret under an unknown id", bearer(other_id)),
        ("its own digest", bearer(digest_of(secret.encode()))),
        ("the revoked key", bearer(revoked)),
        ("bytes", [(b"authorization", b"Bearer \xff\xfe\x00")]),
        ("a megabyte", bearer("k" * 1_000_000)),
        ("another scheme", [(b"authorization", f"Token {secret}".encode())]),
        ("basic without a colon", [(b"authorization", b"Basic " + base64.b64encode(secret.encode()))]),
        ("basic with the secret as the name", [(b"authorization", basic(secret, ""))]),
        ("basic that is no base64", [(b"authorization", b"Basic ~~~")]),
    ]
    for name, headers in cases:
        with subtests.test(name):
            found = refused(access, headers, "read")
            assert found.status_code == 401
            assert found.headers == {"WWW-Authenticate": 'Bearer realm="keepsharp"'}
            assert secret not in found.detail
            assert len(found.detail) < 300


async def test_a_browser_is_offered_a_way_to_ask_its_person() -> None:
    access = guarded(Keys())
    await access.refresh()
    found = refused(access, [(b"accept", b"text/html,application/xhtml+xml;q=0.9")], "read")
    assert (found.headers or {})["WWW-Authenticate"].startswith("Basic ")


async def test_digests_are_compared_in_constant_time_also_when_no_key_has_the_id(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    keys = Keys()
    keys.give("ana", "read")
    access, compared, really = guarded(keys), list[tuple[int, int]](), hmac.compare_digest
    await access.refresh()

    def compare(one: str, other: str) -> bool:
        compared.append((len(one), len(other)))
        return really(one, other)

    monkeypatch.setattr(hmac, "compare_digest", compare)
    refused(access, bearer(mint_key("eve", ["read"], at=NOW).secret), "read")
    refused(access, bearer("hunter2"), "read")
    assert compared == [(64, 64), (64, 64)]


ROLES: tuple[AccessRole, ...] = ("predict", "label", "operate", "read")


async def test_a_key_may_what_its_roles_say_and_admin_everything() -> None:
    keys = Keys()
    secrets = {role: keys.give(role, role) for role in (*ROLES, "admin")}
    access = guarded(keys)
    await access.refresh()
    for needed in (*ROLES, "admin"):
        for role, secret in secrets.items():
            if role in (needed, "admin"):
                assert access.admit(bearer(secret), needed).name == role
            else:
                found = refused(access, bearer(secret), needed)
                assert found.status_code == 403
                assert f"the role {needed}" in found.detail


async def test_public_asks_for_no_key() -> None:
    who = guarded(Keys()).admit([], "public")
    assert (who.known, who.roles) == (False, frozenset())


async def test_a_key_that_used_up_its_rate_waits_and_another_does_not() -> None:
    keys, clock = Keys(), Clock()
    slow, quick = keys.give("slow", "read", per_minute=2), keys.give("quick", "read")
    access = guarded(keys, clock)
    await access.refresh()
    for _ in range(2):
        access.admit(bearer(slow), "read")
    found = refused(access, bearer(slow), "read")
    assert (found.status_code, found.headers) == (429, {"Retry-After": "30"})
    access.admit(bearer(quick), "read")
    await access.refresh()
    assert refused(access, bearer(slow), "read").status_code == 429, "reading the keys again gives nothing back"
    clock.seconds += 30
    access.admit(bearer(slow), "read")


async def test_a_key_without_the_role_uses_its_rate_up_too() -> None:
    keys = Keys()
    secret = keys.give("ana", "read", per_minute=1)
    access = guarded(keys)
    await access.refresh()
    assert refused(access, bearer(secret), "operate").status_code == 403
    assert refused(access, bearer(secret), "operate").status_code == 429


async def test_a_new_key_works_and_a_revoked_one_stops_with_the_next_reading() -> None:
    keys = Keys()
    access = guarded(keys)
    await access.refresh()
    secret = keys.give("ana", "read")
    assert refused(access, bearer(secret), "read").status_code == 401
    await access.refresh()
    assert access.admit(bearer(secret), "read").name == "ana"
    keys.revoke("ana", NOW)
    await access.refresh()
    assert refused(access, bearer(secret), "read").status_code == 401


async def test_keys_that_are_known_work_while_the_database_is_away(
    logged: list[structlog.typing.EventDict],
) -> None:
    keys = Keys()
    secret = keys.give("ana", "read")
    access = guarded(keys)
    keys.away = True
    await access.refresh()
    found = refused(access, bearer(secret), "read")
    assert (found.status_code, "the database does not answer" in found.detail) == (503, True)
    keys.away = False
    await access.refresh()
    keys.away = True
    for _ in range(3):
        await access.refresh()
    assert access.admit(bearer(secret), "read").name == "ana"
    assert len(logged) == 2, "each outage is told once"


async def test_the_keys_are_read_again_and_again_within_the_time_a_revoked_one_may_work() -> None:
    assert REFRESH_SECONDS < 5
    keys = Keys()
    access = Access(keys, open=False, requests_per_minute=1_000_000, refresh_seconds=0.0)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(access.follow)
        secret = keys.give("ana", "read")
        with anyio.fail_after(10):
            while not _is_known(access, secret):
                await anyio.lowlevel.checkpoint()
        tasks.cancel_scope.cancel()


def _is_known(access: Access, secret: str) -> bool:
    try:
        return access.admit(bearer(secret), "read").known
    except Problem:
        return False


async def test_without_keys_everybody_is_anonymous_and_no_key_is_read() -> None:
    keys = Keys()
    keys.away = True
    access = Access(keys, open=True, requests_per_minute=1)
    await access.refresh()
    await access.follow()
    for _ in range(3):
        who = access.admit([(b"authorization", b"Bearer nonsense")], "admin")
    assert (who.name, who.known) == ("anonymous", False)


@pytest.mark.parametrize(
    ("settings", "opened"),
    [
        (Settings(host="127.0.0.1"), True),
        (Settings(host="localhost"), True),
        (Settings(host="0.0.0.0"), False),
        (Settings(host="keepsharp.example", allow_public=True), False),
        (Settings(host="0.0.0.0", access="open"), True),
        (Settings(host="127.0.0.1", access="keys"), False),
    ],
    ids=lambda value: f"{value.access} on {value.host}" if isinstance(value, Settings) else "",
)
def test_keys_are_asked_for_unless_bound_to_loopback(settings: Settings, opened: bool) -> None:
    assert is_open(settings) is opened


@pytest.mark.parametrize(
    ("host", "accepted"),
    [
        (b"127.0.0.1:8000", True),
        (b"localhost:8000", True),
        (b"LOCALHOST", True),
        (b"[::1]:8000", True),
        (None, True),
        (b"rebound.example:8000", False),
        (b"127.0.0.1.rebound.example", False),
        (b"localhost.rebound.example", False),
        (b"192.168.0.4:8000", False),
        (b"[fe80::1]:8000", False),
        (b"", False),
        (b"\xff\xfe", False),
    ],
)
def test_on_loopback_a_name_that_others_could_point_here_is_refused(host: bytes | None, accepted: bool) -> None:
    access = Access(Keys(), open=True, requests_per_minute=1, own_hosts_only=True)
    headers = [] if host is None else [(b"host", host)]
    for role in ("public", "read", "predict"):
        if accepted:
            access.admit(headers, role)
        else:
            assert refused(access, headers, role).status_code == 421
    Access(Keys(), open=True, requests_per_minute=1).admit(headers, "read")


@pytest.mark.parametrize(
    ("origin", "accepted"),
    [
        (b"http://127.0.0.1:8000", True),
        (b"https://127.0.0.1:8000", True),
        (b"http://127.0.0.1:3000", False),
        (b"https://evil.example", False),
        (b"https://127.0.0.1:8000.evil.example", False),
        (b"null", False),
        (b"", False),
        (b"file://127.0.0.1:8000", False),
    ],
)
async def test_a_page_of_another_site_may_not_act_not_even_with_a_key_the_browser_sends(
    origin: bytes, accepted: bool
) -> None:
    keys = Keys()
    secret = keys.give("ana", "admin")
    with_keys, without = guarded(keys), Access(keys, open=True, requests_per_minute=1, own_hosts_only=True)
    await with_keys.refresh()
    headers = [(b"host", b"127.0.0.1:8000"), (b"origin", origin), (b"authorization", basic("ana", secret))]
    for access in (with_keys, without):
        for role in ("predict", "label", "operate"):
            if accepted:
                access.admit(headers, role)
            else:
                assert refused(access, headers, role).status_code == 403
        access.admit(headers, "read")


KEYS_ON = Settings(reload_seconds=3600, access="keys")


async def test_no_route_but_the_probes_answers_without_a_key(tmp_path: Path) -> None:
    ports = served(tmp_path)
    secrets = {}
    for role in ROLES:
        minted = mint_key(role, [role], at=NOW)
        ports.keys.add(minted.key)
        secrets[role] = minted.secret
    async with running(ports, KEYS_ON) as api:
        for path in ("/livez", "/readyz"):
            assert (await api.client.get(path)).status_code == 200
        for path in ("/metrics", "/openapi.json", "/v1/models", f"/v1/models/{MODEL}/windows"):
            problem(await api.client.get(path), 401)
            assert (await api.client.get(path, headers={"X-API-Key": secrets["read"]})).status_code == 200
            problem(await api.client.get(path, headers={"X-API-Key": secrets["operate"]}), 403)
        refusal = await api.predict({"features": GOOD})
        problem(refusal, 401)
        assert refusal.headers["www-authenticate"].startswith("Bearer")
        problem(await api.label({"id": "a", "value": "good"}), 401)
        api.client.headers["X-API-Key"] = secrets["predict"]
        assert (await api.predict({"features": GOOD})).status_code == 200
        problem(await api.label({"id": "a", "value": "good"}), 403)
        api.client.headers["X-API-Key"] = secrets["label"]
        assert (await api.label({"id": "a", "value": "good"})).status_code == 200


async def test_a_stranger_is_turned_away_before_the_body_is_read(tmp_path: Path) -> None:
    async with running(served(tmp_path), KEYS_ON) as api:
        headers = {"content-type": "application/json"}
        for route in ("predictions", "labels", "retrain", "promote"):
            found = await api.client.post(f"/v1/models/{MODEL}/{route}", content=b"{nonsense", headers=headers)
            problem(found, 401)


async def test_what_a_key_does_is_recorded_under_its_name_and_no_other(tmp_path: Path) -> None:
    ports = served(tmp_path)
    minted = mint_key("ana", ["operate"], at=NOW)
    ports.keys.add(minted.key)
    async with running(ports, KEYS_ON) as api:
        api.client.headers["X-API-Key"] = minted.secret
        url = f"/v1/models/{MODEL}/retrain"
        assert (await api.client.post(url, json={"reason": "new lamp"})).status_code == 202
        assert (await api.client.post(url, json={"reason": "new lamp", "actor": "ana"})).status_code == 202
        found = problem(await api.client.post(url, json={"reason": "new lamp", "actor": "bob"}), 403)
        assert "leave `actor` out" in found["detail"]
    assert [one.actor for one in ports.triggers.in_state(MODEL, "requested")] == ["ana", "ana"]


async def test_the_api_says_which_keys_it_wants_only_where_it_wants_them(tmp_path: Path) -> None:
    ports = served(tmp_path)
    minted = mint_key("ana", ["read"], at=NOW)
    ports.keys.add(minted.key)
    async with running(ports, KEYS_ON) as api:
        document = (await api.client.get("/openapi.json", headers={"X-API-Key": minted.secret})).json()
    assert set(document["components"]["securitySchemes"]) == {"bearer", "header", "basic"}
    needed = {
        path: operation["security"] for path, methods in document["paths"].items() for operation in methods.values()
    }
    assert needed["/livez"] == []
    assert needed["/v1/models/{model}/predictions"] == [{way: ["predict"]} for way in ("bearer", "header", "basic")]
    async with running(served(tmp_path)) as api:
        document = (await api.client.get("/openapi.json")).json()
    assert "securitySchemes" not in document["components"]
    assert not any("security" in operation for methods in document["paths"].values() for operation in methods.values())


async def test_no_answer_lets_another_site_read_it(tmp_path: Path) -> None:
    preflight = {"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"}
    async with running(served(tmp_path)) as api:
        url = f"/v1/models/{MODEL}/predictions"
        answers: list[httpx.Response] = [
            await api.client.options(url, headers=preflight),
            await api.client.get("/v1/models", headers=preflight),
            await api.client.post(url, json={"rows": [{"features": GOOD}]}, headers=preflight),
        ]
    assert [answer.status_code for answer in answers] == [405, 200, 403]
    for answer in answers:
        assert not any(name.startswith("access-control-") for name in answer.headers)
