"""The service as a process: uvicorn, structured logs, one torch thread. It binds loopback unless told otherwise.

It knows no adapter: what makes the ports is handed in.
"""

from __future__ import annotations

import gc
import logging
import socket
import sys
from collections.abc import Callable, Sequence

import structlog
import torch
import uvicorn
from fastapi import APIRouter, FastAPI
from structlog.typing import EventDict

from infra.arenas import share_arenas
from infra.domain.errors import Refused
from infra.ports import Keys, Ports
from infra.settings import Settings
from services.inference.access import is_open
from services.inference.app import create_app
from services.inference.log_lines import LogLines
from services.inference.problems import request_id
from services.inference.sites import is_loopback

SWITCH_SECONDS = 0.0001
"""How long one thread may keep the interpreter from another: at Python's 5 ms the writer waits longer than the disk."""
DRAIN_SECONDS = 10
"""How long requests that are being answered may take after the service was told to stop."""


def serve(
    settings: Settings,
    ports_factory: Callable[[Settings], Ports],
    *,
    pages: Callable[[Ports], Sequence[APIRouter]] = lambda _: (),
) -> None:
    """Serve until told to stop (SIGINT, SIGTERM).

    Raises:
        Refused: `settings.host` is reachable from other machines, and either nobody is asked for a key and nobody
            allowed that, or no key exists.
        Unavailable: the database does not answer.
    """
    require_permission(settings)
    share_arenas()
    configure_logs()
    torch.set_num_threads(1)  # requests share the cores; one must not fight the others for them
    sys.setswitchinterval(SWITCH_SECONDS)
    ports = ports_factory(settings)
    require_key(settings, ports.keys)
    build_server(ports, settings, pages=pages(ports)).run()


def build_server(ports: Ports, settings: Settings, *, pages: Sequence[APIRouter] = ()) -> uvicorn.Server:
    """A uvicorn server for one app, not started."""
    app = create_app(ports, settings, pages=pages)
    config = uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,  # nothing here asks for the client's address
        timeout_graceful_shutdown=DRAIN_SECONDS,
    )
    return _Server(config, app)


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config, app: FastAPI) -> None:
        super().__init__(config)
        self._app = app

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        settle_memory()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        for end_streams in self._app.state.when_leaving:
            end_streams()
        await super().shutdown(sockets)


def settle_memory() -> None:
    """Spare the garbage collector what stays: walking torch's million objects stops every request for 0.2 s."""
    gc.collect()
    gc.freeze()


def require_permission(settings: Settings) -> None:
    """Raise Refused where others can reach the address and nobody is asked who they are, unless that is meant."""
    if is_open(settings) and not is_loopback(settings.host) and not settings.allow_public:
        raise Refused(
            f"KEEPSHARP_HOST is {settings.host!r}, which other machines can reach, and KEEPSHARP_ACCESS=open asks "
            "nobody who they are: use KEEPSHARP_ACCESS=keys, or KEEPSHARP_ALLOW_PUBLIC=true behind a proxy that asks"
        )


def require_key(settings: Settings, keys: Keys) -> None:
    """Raise Refused where others can reach the address and keys are asked for, but no key could open it."""
    if is_open(settings) or is_loopback(settings.host) or any(key.revoked_at is None for key in keys.all()):
        return
    raise Refused(
        f"KEEPSHARP_HOST is {settings.host!r}, which other machines can reach, so that every caller is asked for a "
        "key, and there is none yet: `keepsharp keys create NAME --role admin` makes the first"
    )


def configure_logs() -> None:
    """One JSON object a line on standard error, each with the id of the request it belongs to."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _add_request_id,
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=lambda *_: LogLines(sys.stderr),
        cache_logger_on_first_use=True,
    )


def _add_request_id(_: object, __: str, event: EventDict) -> EventDict:
    if (current := request_id.get()) != "-":
        event["request_id"] = current
    return event
