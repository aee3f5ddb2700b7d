"""Who carries a notice to which target: the operator's names and addresses in, senders out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol
from urllib.parse import urlsplit

from infra.domain.alerts import Notice
from infra.notify.apprise_sender import AppriseSender
from infra.notify.webhook import WebhookSender
from infra.settings import Settings


class Sender(Protocol):
    """Carries notices to one address."""

    def send(self, notice: Notice) -> None:
        """Return when the other side has taken it.

        Raises:
            Unavailable: it has not, or may not have; the message names no secret.
        """


def senders_of(settings: Settings) -> Mapping[str, Sender]:
    """A sender for each named target: webhooks for `https://…` (and `http://…`), Apprise for everything else."""
    return {name: _sender(url, settings) for name, url in settings.targets.items()}


def _sender(url: str, settings: Settings) -> Sender:
    if urlsplit(url).scheme in ("http", "https"):
        return WebhookSender(url, settings.webhook_secret, frozenset(settings.allowed_hosts))
    return AppriseSender(url)
