from __future__ import annotations

import apprise
import pytest

from infra.domain.errors import Unavailable
from infra.notify.apprise_sender import AppriseSender
from infra.notify.senders import senders_of
from infra.notify.webhook import WebhookSender
from infra.settings import Settings
from tests.unit.infra.notify.building import a_notice, receiver


def test_web_addresses_are_webhooks_and_everything_else_is_apprises() -> None:
    targets = {"hook": "https://hooks.example/x", "chat": "slack://a/b/c", "mail": "mailto://me:pw@mail.example"}
    found = senders_of(Settings(targets=targets))
    assert {name: type(sender) for name, sender in found.items()} == {
        "hook": WebhookSender,
        "chat": AppriseSender,
        "mail": AppriseSender,
    }


def test_an_address_that_apprise_does_not_know_is_said_without_its_secrets() -> None:
    with pytest.raises(Unavailable, match=r"the address of chat \(nonsense:…\) is none that Apprise knows") as caught:
        AppriseSender("nonsense://topsecret").send(a_notice())
    assert "topsecret" not in str(caught.value)


def test_apprise_carries_subject_body_and_the_stable_id() -> None:
    with receiver() as found:
        AppriseSender(f"json://127.0.0.1:{found.port}/").send(a_notice("n9"))
        assert b"[critical] line: accuracy_degraded" in found.got[0][1]
        assert b"notice n9" in found.got[0][1]
        found.status = 500
        with pytest.raises(Unavailable, match="did not take the notice"):
            AppriseSender(f"json://127.0.0.1:{found.port}/").send(a_notice())
    assert apprise.__version__
