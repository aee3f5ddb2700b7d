"""The public register follows our database: what a killed process, or a person's choice, left untold is told."""

from __future__ import annotations

import logging

from flows.desk import Desk
from infra.domain.errors import Unavailable

_log = logging.getLogger(__name__)


def mirror_champion(desk: Desk) -> bool:
    """Point the registry's alias at who serves, where it names another or none. Whether the two agreed already.

    A registry that does not answer is told at the next look.
    """
    ports, champion = desk.ports, desk.ports.versions.champion(desk.spec.model)
    if champion is None:
        return True
    try:
        named = ports.registry.champion(desk.spec.model)
    except Unavailable as problem:
        _log.info("the registry was not asked who it thinks serves %s: %s", desk.spec.model, problem)
        return True
    if named == (champion.version, champion.sha256):
        return True
    candidate = ports.versions.get(desk.spec.model, champion.version)
    ports.registry.register(candidate, *ports.versions.bundle(candidate.sha256), None)
    ports.registry.alias_champion(desk.spec.model, champion.version)
    return False
