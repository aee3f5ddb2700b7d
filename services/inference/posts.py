"""What the database wants to answer for each model: champions, who is appointed beside them, and the model files.

It reads, and loads nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from infra.ports import Ports
from services.inference.predictor import Role


@dataclass(frozen=True, kw_only=True, slots=True)
class Post:
    """A role, and the version that is to hold it since a moment of event time."""

    model: str
    role: Role
    version: int
    sha256: str
    since: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Wanted:
    """All posts of one model, and the text of its model file (None when it was never registered)."""

    champion: Post
    beside: tuple[Post, ...]
    spec_yaml: str | None


def read_wanted(ports: Ports) -> list[Wanted]:
    """For every model that has a champion. Blocks on the database; raises Unavailable."""
    texts = {model.name: model.spec_yaml for model in ports.models.all()}
    beside: dict[str, list[Post]] = {}
    for one in ports.shadows.appointments():
        post = Post(model=one.model, role=one.role, version=one.version, sha256=one.sha256, since=one.since)
        beside.setdefault(one.model, []).append(post)
    return [
        Wanted(
            champion=Post(model=one.model, role="champion", version=one.version, sha256=one.sha256, since=one.since),
            beside=tuple(beside.get(one.model, ())),
            spec_yaml=texts.get(one.model),
        )
        for one in ports.versions.champions()
    ]
