"""What the hot routes share: the model that is asked for, and the flags of a request."""

from __future__ import annotations

import re
from urllib.parse import parse_qsl

import anyio

from infra.domain.errors import NotFound, Unavailable
from infra.ports import RegisteredModel
from services.inference.predictor import Serving
from services.inference.problems import Problem, clipped
from services.inference.service import Service

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
            f"version {failure.post.version} of {model} could not be loaded ({failure.problem}): "
            "promote another version, or train again with `keepsharp train`"
        )
    raise Unavailable(f"model {model} has no champion yet: train one with `keepsharp train`, then ask again")


def all_or_nothing(query: bytes) -> bool:
    """The flag of this name in a query string. Raises Problem."""
    if not query:
        return False
    value = dict(parse_qsl(query.decode("latin-1"), keep_blank_values=True)).get("all_or_nothing", "false").lower()
    if value not in ("true", "false", "1", "0"):
        raise Problem(422, "`all_or_nothing` must be true or false.")
    return value in ("true", "1")
