"""What the two hot routes share: the model asked for, its flags, and the refusal of a whole request."""

from __future__ import annotations

import re
from collections.abc import Sequence

import anyio
from starlette.requests import Request

from infra.domain.errors import NotFound, RowError, Unavailable
from infra.ports import RegisteredModel
from services.inference.predictor import Serving
from services.inference.problems import Problem, clipped, row_problem
from services.inference.service import Service

INLINE_BYTES = 65_536
"""Bodies up to this size are read on the event loop; a larger one would hold up the others."""
ALL_OR_NOTHING = "Refuse the whole request when one entry cannot be used."
_MODEL_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}")


def registered(service: Service, model: str) -> RegisteredModel:
    """The model of this name. Blocks on the database. Raises NotFound."""
    if not _MODEL_NAME.fullmatch(model):
        raise NotFound(f"there is no model {clipped(model)!r}: GET /v1/models lists those there are")
    return service.ports.models.get(model)


async def serving_of(service: Service, model: str) -> Serving:
    """What answers for this model.

    Raises:
        NotFound: there is no such model.
        Unavailable: it has no champion yet, or its champion could not be loaded.
    """
    serving = service.predictor.serving(model)
    if serving is not None:
        return serving
    await anyio.to_thread.run_sync(registered, service, model)
    failure = service.reloader.failures.get(model)
    if failure is not None:
        raise Unavailable(
            f"version {failure.champion.version} of {model} could not be loaded ({failure.problem}): "
            "promote another version, or train again with `keepsharp train`"
        )
    raise Unavailable(f"model {model} has no champion yet: train one with `keepsharp train`, then ask again")


def all_or_nothing(request: Request) -> bool:
    """The query flag of this name. Raises Problem."""
    value = request.query_params.get("all_or_nothing", "false").lower()
    if value not in ("true", "false", "1", "0"):
        raise Problem(422, "`all_or_nothing` must be true or false.")
    return value in ("true", "1")


def refuse_unusable(errors: Sequence[RowError], usable: int, everything: bool, *, status: int = 422) -> None:
    """Raise Problem when nothing can be used, or something cannot and the caller wants all or nothing."""
    if not errors or (usable and not everything):
        return
    amount = "One" if len(errors) == 1 else str(len(errors))
    detail = f"{amount} of {usable + len(errors)} entries cannot be used, and none was stored. First, {errors[0]}."
    raise Problem(status, detail, [row_problem(error) for error in errors])
