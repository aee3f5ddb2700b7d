"""Chats, mail and pagers, through Apprise: the one module that knows it."""

from __future__ import annotations

from infra.domain.alerts import Notice
from infra.domain.errors import Unavailable


class AppriseSender:
    """Sends to one Apprise URL, such as `slack://…` or `mailto://…`."""

    def __init__(self, url: str) -> None:
        self._url = url

    def send(self, notice: Notice) -> None:
        """Raises Unavailable: the address is none that Apprise knows, or the service did not take the notice."""
        import apprise  # it takes half a second, and most processes send nothing

        service = apprise.Apprise()
        scheme = self._url.partition(":")[0]
        if not service.add(self._url):
            raise Unavailable(f"the address of {notice.target} ({scheme}:…) is none that Apprise knows: correct it")
        body = f"{notice.body}\n\nnotice {notice.id}"
        if not service.notify(title=notice.subject, body=body, body_format=apprise.NotifyFormat.TEXT):
            raise Unavailable(f"{notice.target} ({scheme}:…) did not take the notice: Apprise's log says why")
