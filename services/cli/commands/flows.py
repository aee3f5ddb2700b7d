"""`keepsharp flows`: the flows and their schedules, in this process, for the Prefect server of the environment."""

from __future__ import annotations

import os

import typer

from services.cli.output import Json, answer

_WANTED = "http://127.0.0.1:4200/api"


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog="Example: keepsharp flows")(flows)


def flows(as_json: Json = False) -> None:
    """Run what Prefect schedules, until told to stop. The server is the one that PREFECT_API_URL names."""
    from infra.domain.errors import Mistake, SpecError
    from infra.telemetry import switch_off_telemetry

    url = os.environ.get("PREFECT_API_URL")
    if not url:
        problem = f"must name the Prefect server, such as {_WANTED}; `keepsharp up` starts one"
        raise SpecError("the environment", [Mistake(where="PREFECT_API_URL", line=None, problem=problem)])
    _require_answer(url)
    switch_off_telemetry()
    from flows.deployments import serve_flows

    answer({"prefect": url}, f"the flows run what Prefect schedules at {url}", as_json=as_json)
    serve_flows()


def _require_answer(url: str) -> None:
    import httpx

    from infra.domain.errors import Unavailable

    try:
        httpx.get(f"{url}/health", timeout=30).raise_for_status()
    except httpx.HTTPError as error:
        raise Unavailable(f"Prefect does not answer at PREFECT_API_URL={url} ({error}): start it first") from error
