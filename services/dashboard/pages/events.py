"""`/events`: a stream that names what changed, so that open pages ask for it again (server-sent events)."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from contextlib import aclosing
from functools import partial

import orjson
from fastapi import APIRouter, Request
from starlette.responses import Response, StreamingResponse

from infra.domain.errors import Unavailable
from services.dashboard.pulse import Pulse, marks_of
from services.dashboard.site import Site

LONGEST_SECONDS = 300
"""A stream is asked for anew after that long: whoever may not see it any more is found out."""
_HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}


def add(routes: APIRouter, site: Site) -> None:
    """The stream."""
    pulse = Pulse(partial(marks_of, site.ports))

    @routes.get("/events", dependencies=[site.requires("read")])
    async def events(request: Request) -> Response:
        if pulse.is_full:
            raise Unavailable("Too many pages are open for all of them to be live: close some.")
        site.door.when_leaving(request, pulse.close)
        return StreamingResponse(_said(pulse), headers=_HEADERS, media_type="text/event-stream")


async def _said(pulse: Pulse) -> AsyncIterator[bytes]:
    """The stream's text: `changed` events with the topics as a JSON list, and comments as signs of life."""
    yield b"retry: 2000\n\n"
    ends = time.monotonic() + LONGEST_SECONDS
    async with aclosing(pulse.changes()) as changes:
        async for topics in changes:
            said = b"event: changed\ndata: " + orjson.dumps(sorted(topics)) if topics else b": alive"
            yield said + b"\n\n"
            if time.monotonic() > ends:
                return
