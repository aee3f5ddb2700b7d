"""Notices, and a receiver on this machine that keeps what it is sent."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from infra.domain.alerts import Alert, Notice

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


def a_notice(name: str = "n1", **changes: object) -> Notice:
    given: dict[str, object] = {
        "id": name,
        "model": "line",
        "alert_ids": ("a1",),
        "group": "line:critical",
        "target": "chat",
        "event": "opened",
        "subject": "[critical] line: accuracy_degraded",
        "body": "It is wrong too often.",
        "created_at": NOW,
        "not_before": NOW,
    }
    return Notice(**{**given, **changes})  # type: ignore[arg-type]  # a test names only what it is about


def an_alert(name: str = "a1") -> Alert:
    return Alert(
        id=name,
        model="line",
        rule="accuracy_degraded",
        severity="critical",
        state="open",
        dedup_key=name,
        opened_at=NOW,
        updated_at=NOW,
        message="It is wrong too often.",
        evidence={},
    )


@dataclass
class Receiver:
    """Where the notices arrive: headers and bodies, in order."""

    port: int
    status: int = 200
    location: str = ""
    got: list[tuple[dict[str, str], bytes]] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook?key=secret"

    def ids(self) -> list[str]:
        return [headers["x-keepsharp-id"] for headers, _ in self.got]


@contextmanager
def receiver() -> Iterator[Receiver]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            found.got.append(({name.lower(): value for name, value in self.headers.items()}, body))
            self.send_response(found.status)
            if found.location:
                self.send_header("Location", found.location)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *said: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    found = Receiver(port=server.server_address[1])
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield found
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
