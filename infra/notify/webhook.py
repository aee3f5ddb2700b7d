"""Webhooks: a notice as signed JSON to one HTTPS address."""

from __future__ import annotations

import json
import time
from collections.abc import Collection
from datetime import UTC, datetime

from infra.domain.alerts import Notice
from infra.domain.errors import Unavailable
from infra.notify.pinned import DEADLINE_SECONDS, Resolve, post, resolve
from infra.notify.signing import signature_of


class WebhookSender:
    """Sends to one URL. `allowed_hosts` may be reached wherever they are; others only in the public internet."""

    def __init__(
        self,
        url: str,
        secret: str,
        allowed_hosts: Collection[str],
        *,
        resolver: Resolve = resolve,
        deadline_seconds: float = DEADLINE_SECONDS,
    ) -> None:
        self._url, self._secret, self._allowed = url, secret, allowed_hosts
        self._resolver, self._deadline = resolver, deadline_seconds

    def send(self, notice: Notice) -> None:
        """Raises Unavailable: anything but a 2xx answer; a redirect is none."""
        body = body_of(notice)
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "keepsharp",
            "X-Keepsharp-Id": notice.id,
            "X-Keepsharp-Signature": signature_of(body, self._secret, datetime.fromtimestamp(time.time(), UTC)),
        }
        status = post(
            self._url,
            body,
            headers,
            allowed_hosts=self._allowed,
            resolver=self._resolver,
            deadline_seconds=self._deadline,
        )
        if not 200 <= status < 300:
            advice = "name where it redirects to" if 300 <= status < 400 else "see there why it does not take notices"
            raise Unavailable(f"{notice.target} answered {status}: {advice}")


def body_of(notice: Notice) -> bytes:
    """The JSON of a notice; the same notice has the same bytes, however often it is sent."""
    said = {
        "id": notice.id,
        "model": notice.model,
        "group": notice.group,
        "event": notice.event,
        "subject": notice.subject,
        "body": notice.body,
        "alert_ids": list(notice.alert_ids),
        "created_at": notice.created_at.isoformat(),
    }
    return json.dumps(said, sort_keys=True, ensure_ascii=False).encode()
