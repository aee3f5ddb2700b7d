"""A deed on each of many models, of which one that fails keeps no other from its turn. It knows no orchestrator."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

from infra.domain.errors import KeepsharpError

Done = TypeVar("Done")
Logger = logging.Logger | logging.LoggerAdapter[logging.Logger]


def on_each(
    models: Iterable[str], deed: Callable[[str], Done], logger: Logger, failed: str
) -> tuple[dict[str, Done], list[str]]:
    """(what came of each model, and `NAME: PROBLEM` of each that failed); each failure is logged as `NAME FAILED`.

    >>> def length(name: str) -> int:
    ...     if not name:
    ...         raise KeepsharpError("no name")
    ...     return len(name)
    >>> logging.getLogger("quiet").disabled = True
    >>> on_each(["press", "", "oven"], length, logging.getLogger("quiet"), "could not be measured")
    ({'press': 5, 'oven': 4}, [': no name'])
    """
    done: dict[str, Done] = {}
    problems: list[str] = []
    for model in models:
        try:
            done[model] = deed(model)
        except KeepsharpError as error:
            logger.exception("%s %s", model, failed)
            problems.append(f"{model}: {error}")
    return done, problems


def require_all(problems: Sequence[str], failed: str) -> None:
    """Fail a run over many models at its end. `failed` is said of them, such as "could not be charged".

    Raises:
        RuntimeError: some failed; it names each with its problem.
    """
    if problems:
        raise RuntimeError(f"these models {failed}: " + "; ".join(problems))
