"""The service and its pages as a process over real HTTP, on a home that was lived in; and which pages it has."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from html import unescape
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import httpx
from fastapi.routing import APIRoute
from starlette.routing import compile_path

from infra.installation import address, api_command, free_port
from infra.memory import memory_ports
from infra.processes import Child, await_answer
from infra.signing import Signer
from services.dashboard.pages import dashboard_pages
from services.inference.front_door import FrontDoor

START_SECONDS = 120.0
FOREIGN = ("/models/{model}/windows/{index}/report", "/models/{model}/runs/{run}/dossier")
"""Evidently's own page, and the dossier that stands alone: they bring their styles, and run in a sandbox."""


@contextmanager
def serving(home: Path, **environment: str) -> Iterator[str]:
    """The address of a service on `home`; `environment` holds more of KEEPSHARP_*. It ends with the block."""
    port = free_port()
    settings = {"KEEPSHARP_HOME": str(home), "KEEPSHARP_TARGETS": "{}", "OMP_NUM_THREADS": "1"}
    with (
        (home / "service.log").open("ab") as log,
        Child("service", api_command(port), environment=settings | environment, output=log) as service,
    ):
        await_answer(service, f"{address(port)}/readyz", START_SECONDS)
        yield address(port)


def pages_of(base: str) -> Mapping[str, str]:
    """{route: an address of it that a link leads to}, for every page with HTML of ours, found by following links."""
    routes = dashboard_pages(memory_ports(Path()), FrontDoor(1), Signer(lambda: b"")).routes
    shapes = {
        route.path: compile_path(route.path)[0]
        for route in routes
        if isinstance(route, APIRoute) and "GET" in (route.methods or ()) and route.path not in FOREIGN
    }
    found: dict[str, str] = {}
    waiting, seen = ["/"], {"/"}
    with httpx.Client(base_url=base, timeout=60, trust_env=False) as client:
        while waiting:
            path = waiting.pop(0)
            shape = next((name for name, form in shapes.items() if form.match(urlsplit(path).path)), None)
            if shape is None or shape in found:
                continue
            answer = client.get(path)
            if not answer.headers.get("Content-Type", "").startswith("text/html"):
                continue
            answer.raise_for_status()
            found[shape] = path
            for link in re.findall(r'href="([^"#]+)', answer.text):
                target = urlsplit(urljoin(f"{base}{path}", unescape(link)))
                onward = target.path + (f"?{target.query}" if target.query else "")
                if f"{target.scheme}://{target.netloc}" == base and onward not in seen:
                    seen.add(onward)
                    waiting.append(onward)
    return found
