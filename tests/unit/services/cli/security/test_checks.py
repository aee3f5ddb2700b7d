"""Each check of `doctor --security` on what is well, and on what is not."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from infra.domain.access import AccessRole, ApiKey
from infra.settings import Settings
from services.cli.finding import Finding
from services.cli.security import files
from services.cli.security.admission import check_address, check_keys, check_proxy
from services.cli.security.files import check_files
from services.cli.security.neighbours import check_database, check_server, check_targets
from services.cli.security.process import check_process
from services.inference.api_keys import mint_key

NOW = datetime(2026, 11, 27, tzinfo=UTC)
CANARY = "canary-31e0"


def settings(**given: object) -> Settings:
    return Settings.model_validate(given)


def key(name: str, role: AccessRole = "read", *, days: int = 1, digest: str = "") -> ApiKey:
    made = mint_key(name, [role], at=NOW - timedelta(days=days)).key
    return ApiKey(id=made.id, name=name, roles=made.roles, digest=digest or made.digest, created_at=made.created_at)


def words(found: list[Finding]) -> dict[str, str]:
    return {one.name: one.word for one in found}


@pytest.mark.parametrize(
    ("given", "word"),
    [
        ({}, "ok"),
        ({"host": "0.0.0.0"}, "ok"),
        ({"host": "0.0.0.0", "access": "open"}, "fail"),
        ({"host": "0.0.0.0", "access": "open", "allow_public": True}, "warn"),
    ],
)
def test_an_address_that_others_reach_has_to_ask_them(given: dict[str, object], word: str) -> None:
    found = check_address(settings(**given))
    assert found.word == word
    assert bool(found.advice) == (word != "ok")


def test_keys_are_wanted_where_they_are_asked_for() -> None:
    assert words(check_keys(settings(), [], NOW))["keys"] == "ok"
    public = settings(host="0.0.0.0")
    assert words(check_keys(public, [], NOW))["keys"] == "fail"
    assert words(check_keys(public, [key("line")], NOW)) == {"keys": "ok", "keys are hashed": "ok", "roles": "ok"}


def test_keys_that_may_too_much_are_old_or_bare_are_named() -> None:
    given = [key(f"boss-{number}", "admin") for number in range(4)] + [key("old", days=400), key("bare", digest="x")]
    found = {one.name: one for one in check_keys(settings(host="0.0.0.0"), given, NOW)}
    assert (found["roles"].word, "boss-3" in found["roles"].text) == ("warn", True)
    assert (found["age of keys"].word, found["age of keys"].text) == ("warn", "old older than a year")
    assert (found["keys are hashed"].word, found["keys are hashed"].text) == ("fail", "not bare")


@pytest.mark.parametrize(
    ("proxies", "roles", "word"),
    [
        (["127.0.0.1", "10.1.0.0/16"], ["read"], "ok"),
        (["0.0.0.0/0"], ["read"], "fail"),
        (["::/0"], ["read"], "fail"),
        (["127.0.0.1"], ["admin"], "warn"),
    ],
)
def test_a_proxy_is_believed_from_few_addresses(proxies: list[str], roles: list[str], word: str) -> None:
    given = settings(trusted_proxy_header="X-Forwarded-User", trusted_proxies=proxies, trusted_proxy_roles=roles)
    assert check_proxy(given).word == word
    assert check_proxy(settings()).word == "ok"


@contextmanager
def answering(status: int) -> Iterator[int]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server.server_port
        finally:
            server.shutdown()
            thread.join()


def test_a_server_that_answers_anybody_is_well_on_loopback_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    with answering(200) as port:
        assert check_server("MLflow", f"http://127.0.0.1:{port}", "/x", "bind it").word == "ok"
        monkeypatch.setattr("services.cli.security.neighbours.is_loopback", lambda _: False)
        found = check_server("MLflow", f"http://me:{CANARY}@127.0.0.1:{port}/", "/x", "bind it")
    assert (found.word, CANARY in str(found)) == ("warn", False)
    assert "answers whoever reaches it" in found.text
    assert check_server("MLflow", f"http://127.0.0.1:{port}", "/x", "bind it").word == "warn", "it is away by now"
    with answering(401) as port:
        assert check_server("Prefect", f"http://127.0.0.1:{port}/api", "/x", "").text.endswith("asks who is there")
    assert check_server("MLflow", "sqlite:///x.db", "/x", "").word == "ok"


@pytest.mark.parametrize(
    ("url", "word"),
    [
        ("sqlite:///x.db", "ok"),
        (f"postgresql://me:{CANARY}@127.0.0.1/x", "ok"),
        (f"postgresql://me:{CANARY}@db.example/x", "warn"),
        (f"postgresql://me:{CANARY}@db.example/x?sslmode=verify-full", "ok"),
    ],
)
def test_a_database_elsewhere_is_reached_under_tls(url: str, word: str) -> None:
    found = check_database(url)
    assert (found.word, CANARY in str(found)) == (word, False)


def test_notices_are_encrypted_and_signed_and_no_address_is_shown() -> None:
    bare = check_targets(settings(targets={"chat": f"http://chat.example/{CANARY}"}))
    assert [one.word for one in bare] == ["warn", "warn"]
    assert CANARY not in str([str(one) for one in bare])
    signed = settings(targets={"chat": "https://chat.example/x", "mail": "mailto://x"}, webhook_secret="s")
    assert words(check_targets(signed)) == {"notices": "ok"}


def home_with(folder: Path, mode: int) -> Settings:
    home = folder / "home"
    home.mkdir()
    (home / "signing.secret").write_bytes(b"x")
    (home / "signing.secret").chmod(0o600)
    (home / "keepsharp.db").write_bytes(b"")
    home.chmod(mode)
    return Settings(home=home)


def test_a_home_is_for_its_owner(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    given = home_with(tmp_path, 0o700)
    assert set(words(check_files(given, {}, tmp_path)).values()) == {"ok"}
    given.home.chmod(0o755)
    assert words(check_files(given, {}, tmp_path))["home"] == "warn"
    given.home.chmod(0o777)
    assert words(check_files(given, {}, tmp_path))["home"] == "fail"
    (given.home / "signing.secret").chmod(0o644)
    monkeypatch.setattr(files, "_can_be_reached", lambda _: True)  # pytest's own folder is closed to others
    found = words(check_files(given, {}, tmp_path))
    assert (found["signing secret"], found["database"]) == ("fail", "warn")


def test_a_secret_in_a_file_for_everybody_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    secret = tmp_path / "password"
    secret.write_text(CANARY)
    environment = {"KEEPSHARP_WEBHOOK_SECRET_FILE": str(secret), "SSL_CERT_FILE": "/etc/ssl/cert.pem"}
    assert words(check_files(Settings(home=tmp_path / "none"), environment, tmp_path))["secrets"] == "ok"
    monkeypatch.setattr(files, "_can_be_reached", lambda _: True)  # pytest's own folder is closed to others
    (tmp_path / ".env").write_text(f"POSTGRES_PASSWORD={CANARY}\nCOMPOSE_PROFILES=core\n")
    found = {one.name: one for one in check_files(Settings(home=tmp_path / "none"), environment, tmp_path)}
    assert found["secrets"].word == "fail"
    assert f"chmod 0400 {secret}" in found["secrets"].advice
    assert (found[".env"].word, "COMPOSE_PROFILES" in found[".env"].text) == ("fail", False)
    assert CANARY not in str([str(one) for one in found.values()])


def test_what_anybody_can_read_takes_the_way_there_into_account(tmp_path: Path) -> None:
    secret = tmp_path / "closed" / "secret"
    secret.parent.mkdir(mode=0o700)
    secret.write_text("x")
    secret.chmod(0o644)
    assert not files._can_be_reached(secret)
    assert files._can_be_reached(Path("/etc/passwd"))
    assert not files._can_be_reached(tmp_path / "absent")


def test_debugging_root_and_code_of_others_are_named() -> None:
    well = words(check_process(settings(), {"KEEPSHARP_DEBUG": "0"}, 1000))
    assert set(well.values()) == {"ok"}
    given = settings(allowed_modules=["mine.networks"], allowed_hosts=["10.0.0.5"])
    ill = words(check_process(given, {"KEEPSHARP_DEBUG": "1", "PREFECT_LOGGING_LEVEL": "debug"}, 0))
    assert ill == {"debugging": "fail", "user": "warn", "code of others": "warn", "webhooks": "warn"}
