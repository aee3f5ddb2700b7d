"""Whose turn it is, where there are many models: nobody waits while another is served twice. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime

from infra.domain.alerts import Heartbeat, Trigger

_NEVER = datetime.min.replace(tzinfo=UTC)


def longest_unseen_first(models: Iterable[str], beats: Iterable[Heartbeat], name: str) -> list[str]:
    """The models by when they were last looked at, as their signs of life called `name` tell; those that never were
    come first."""
    seen: Mapping[str, datetime] = {beat.model: beat.at for beat in beats if beat.name == name}
    return sorted(models, key=lambda model: (seen.get(model, _NEVER), model))


def longest_waiting_first(waiting: Mapping[str, Sequence[Trigger]]) -> list[str]:
    """The models by their oldest trigger; one that has none does not wait. However many triggers a model has, it has
    one turn."""
    oldest = {model: min(trigger.at for trigger in triggers) for model, triggers in waiting.items() if triggers}
    return sorted(oldest, key=lambda model: (oldest[model], model))


def lane(name: str, number: int) -> str:
    """What is made in several lanes beside each other, each known by its own name; they are numbered from 1.

    >>> [lane("every-model", number) for number in (1, 2)]
    ['every-model', 'every-model-2']
    """
    return name if number == 1 else f"{name}-{number}"
