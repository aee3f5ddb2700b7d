"""The service as a process: uvicorn, structured logs, one torch thread. It binds loopback unless told otherwise.

It knows no adapter: what makes the ports is handed in.
"""

from __future__ import annotations

import ipaddress
import logging
import sys
from collections.abc import Callable, Sequence

import structlog
import torch
import uvicorn
from fastapi import APIRouter
from structlog.typing import EventDict

from infra.domain.errors import Refused
from infra.ports import Ports
from infra.settings import Settings
from services.inference.app import create_app
from services.inference.problems import request_id

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
        Refused: `settings.host` is reachable from other machines, and nobody allowed that.
        Unavailable: the database does not answer.
    """
    require_loopback(settings)
    configure_logs()
    torch.set_num_threads(1)  # requests share the cores; one must not fight the others for them
    ports = ports_factory(settings)
    build_server(ports, settings, pages=pages(ports)).run()


def build_server(ports: Ports, settings: Settings, *, pages: Sequence[APIRouter] = ()) -> uvicorn.Server:
    """A uvicorn server for one app, not started."""
    config = uvicorn.Config(
        create_app(ports, settings, pages=pages),
        host=settings.host,
        port=settings.port,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=DRAIN_SECONDS,
    )
    return uvicorn.Server(config)


def require_loopback(settings: Settings) -> None:
    """Raise Refused for an address that others can reach, unless `allow_public` says that it is meant."""
    if settings.allow_public or settings.host == "localhost":
        return
    try:
        loopback = ipaddress.ip_address(settings.host).is_loopback
    except ValueError:
        loopback = False
    if not loopback:
        raise Refused(
            f"KEEPSHARP_HOST is {settings.host!r}, which other machines can reach, and this service asks nobody who "
            "they are: use 127.0.0.1, or set KEEPSHARP_ALLOW_PUBLIC=true behind a proxy that does"
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
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )


def _add_request_id(_: object, __: str, event: EventDict) -> EventDict:
    if (current := request_id.get()) != "-":
        event["request_id"] = current
    return event
