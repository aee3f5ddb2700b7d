"""`keepsharp flows`: the flows and their schedules, for the Prefect server of the environment."""

from __future__ import annotations

import os
from typing import Annotated

import typer

from services.cli.output import Json, answer

Pool = Annotated[
    str | None, typer.Option("--pool", metavar="NAME", help="Be a worker of this work pool; made where it is missing.")
]
_ALONE = "keepsharp-alone"
_WANTED = "http://127.0.0.1:4200/api"


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog="Example: keepsharp flows --pool keepsharp")(flows)


def flows(pool: Pool = None, as_json: Json = False) -> None:
    """Run what Prefect schedules, until told to stop. The server is the one that PREFECT_API_URL names.

    With --pool it is one of any number of workers, on as many machines, that share the work.
    """
    from infra.domain.errors import Mistake, SpecError
    from infra.telemetry import switch_off_telemetry

    url = os.environ.get("PREFECT_API_URL")
    if not url:
        problem = f"must name the Prefect server, such as {_WANTED}; `keepsharp up` starts one"
        raise SpecError("the environment", [Mistake(where="PREFECT_API_URL", line=None, problem=problem)])
    _require_answer(url)
    switch_off_telemetry()
    from flows.deployments import work_in_pool

    where = f" for the work pool {pool}" if pool else ""
    answer({"prefect": url, "pool": pool}, f"the flows run what Prefect schedules at {url}{where}", as_json=as_json)
    work_in_pool(pool or _ALONE, alone=pool is None)


def _require_answer(url: str) -> None:
    import httpx

    from infra.domain.errors import Unavailable

    try:
        httpx.get(f"{url}/health", timeout=30).raise_for_status()
    except httpx.HTTPError as error:
        raise Unavailable(f"Prefect does not answer at PREFECT_API_URL={url} ({error}): start it first") from error
