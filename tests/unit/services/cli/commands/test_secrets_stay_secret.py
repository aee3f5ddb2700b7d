"""Marked secrets go through everything, things are made to fail, and no mark is found in what is kept or said.

`make test-compose` looks for the passwords of the whole topology in the same way, MLflow and PostgreSQL with it.
"""

from __future__ import annotations

import json
import logging
import traceback
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from infra.domain.errors import KeepsharpError
from infra.notify.delivering import deliver_due
from infra.notify.senders import senders_of
from infra.settings import Settings
from infra.wiring import build_ports, forget_ports
from tests.integration.listening import listening
from tests.unit.infra.notify.building import a_notice
from tests.unit.services.cli.commands.conftest import Place

MARK = "c4n4ry"
"""In every secret; nowhere else."""
NOW = datetime(2026, 3, 1, tzinfo=UTC)
AWAY = f"postgresql+psycopg://me:{MARK}-database@127.0.0.1:9/keepsharp"


@pytest.fixture
def marked(place: Place, monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    """A home whose every secret carries the mark."""
    targets = {
        "pager": f"http://127.0.0.1:9/hooks/{MARK}?token={MARK}",
        "desk": f"json://me:{MARK}@127.0.0.1:9/{MARK}",
        "odd": f"nonsense://{MARK}",
    }
    monkeypatch.setenv("KEEPSHARP_TARGETS", json.dumps(targets))
    monkeypatch.setenv("KEEPSHARP_ALLOWED_HOSTS", '["127.0.0.1"]')
    monkeypatch.setenv("KEEPSHARP_WEBHOOK_SECRET", f"{MARK}-webhook")
    monkeypatch.setenv("KEEPSHARP_MLFLOW_URI", f"http://me:{MARK}-mlflow@127.0.0.1:9")
    monkeypatch.setenv("KEEPSHARP_DEBUG", "1")
    file = place.folder / "signing"
    file.write_text(f"{MARK}-signing-secret-that-is-long-enough")
    monkeypatch.setenv("KEEPSHARP_SIGNING_SECRET_FILE", str(file))
    yield place
    forget_ports()


def kept(place: Place) -> list[str]:
    """Files of the home with the mark in them."""
    return [str(path) for path in place.home.rglob("*") if path.is_file() and MARK.encode() in path.read_bytes()]


def notices_that_fail(settings: Settings) -> list[str]:
    """What is kept of deliveries to every target, none of which is there."""
    outbox = build_ports(settings).outbox
    for target in ("pager", "desk", "odd", "absent"):
        outbox.save(a_notice(target, target=target))
    done = deliver_due(outbox, senders_of(settings), clock=lambda: NOW)
    assert not done.sent
    return [notice.problem for notice in (*done.retried, *done.failed)]


def answers_of_the_api(place: Place, settings: Settings, secret: str) -> list[str]:
    """Answers to what is right, wrong and unknown, with a key, a broken one and none."""
    given = {"access": "keys", "targets": settings.targets, "webhook_secret": settings.webhook_secret}
    said = []
    with listening(build_ports(settings), place.home, signing_secret=settings.signing_secret, **given) as url:
        for key in (secret, f"{secret[:-4]}{MARK}", ""):
            with httpx.Client(base_url=url, headers={"X-API-Key": key}, trust_env=False, timeout=60) as client:
                said += [client.get(path) for path in ("/v1/models", "/v1/models/absent", "/metrics", "/readyz")]
                said.append(client.post("/v1/models/press/predictions", json={"rows": [{"features": {"temp": "hot"}}]}))
                said.append(client.post("/v1/models/press/promote", json={"version": 99, "reason": "there is none"}))
                said.append(client.post("/v1/models/press/retrain", content=b"{"))
    assert {answer.status_code for answer in said} >= {200, 401, 404, 422}
    return [f"{answer.status_code} {answer.headers} {answer.text}" for answer in said]


def test_no_secret_is_in_what_is_kept_said_or_answered(marked: Place, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    settings = Settings()
    secret = marked.json("keys", "create", "line", "--role", "admin")["secret"]
    said: list[str] = notices_that_fail(settings)
    truths = marked.serve(60)
    marked.label(truths)
    for command in ("status", "doctor", "doctor --security", "keys list", "alerts", "runs press", "report press"):
        said += map(str, marked.run(*command.split()))
    code, out, err = marked.run("retrain", "press", "--reason", "to see what it says while MLflow is away")
    assert code in (0, 1, 3), err
    said += [out, err, *answers_of_the_api(marked, settings, secret), caplog.text, repr(settings)]
    found = [line for text in said for line in text.splitlines() if MARK in line or secret in line]
    assert found == []
    assert kept(marked) == []
    assert not [path for path in marked.home.rglob("*.db") if secret.encode() in path.read_bytes()]


def test_a_database_that_is_away_is_told_without_its_password(
    marked: Place, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("KEEPSHARP_DATABASE_URL", AWAY)
    for command in ("status", "doctor", "doctor --security", "keys list", "runs press"):
        code, out, err = marked.run(*command.split())
        assert code == 1
        assert MARK not in out + err
    with pytest.raises(KeepsharpError) as raised:
        build_ports(Settings())
    assert MARK not in "".join(traceback.format_exception(raised.value))
    monkeypatch.setenv("KEEPSHARP_DATABASE_URL", f"oracle://me:{MARK}@127.0.0.1/x")
    with pytest.raises(KeepsharpError) as raised:
        build_ports(Settings())
    assert MARK not in "".join(traceback.format_exception(raised.value)) + caplog.text


@pytest.mark.parametrize("variable", ["KEEPSHARP_TARGETS", "KEEPSHARP_TRUSTED_PROXIES", "KEEPSHARP_PORT"])
def test_a_variable_that_cannot_be_used_is_named_without_what_it_holds(
    marked: Place, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    monkeypatch.setenv(variable, f"{{{MARK}")
    code, out, err = marked.run("status")
    assert code == 2
    assert MARK not in out + err


def test_a_model_file_is_not_asked_for_secrets(tmp_path: Path) -> None:
    """What a model file holds is kept in the database and shown: targets stand there by name alone."""
    from infra.spec import read_spec

    file = tmp_path / "model.yaml"
    file.write_text("model: a\ntask: regression\ndata: {source: a.csv, target: b}\nalerts: {notify: [pager]}\n")
    assert list(read_spec(file).alerts.notify) == ["pager"]
