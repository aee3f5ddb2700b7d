"""docker-compose.yml and the Dockerfile, as records. Environment variables are put in as Compose would."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]
COMPOSE = ROOT / "docker-compose.yml"
DOCKERFILE = ROOT / "infra" / "docker" / "Dockerfile"
_VARIABLE = re.compile(r"\$\{(\w+)(?::-([^}]*))?\}")


@dataclass(frozen=True, kw_only=True)
class Service:
    """One service. `entrypoint` and `image_environment` are the Dockerfile's, and empty for an image of others."""

    name: str
    image: str
    profiles: tuple[str, ...]
    entrypoint: tuple[str, ...]
    command: tuple[str, ...]
    image_environment: Mapping[str, str]
    environment: Mapping[str, str]
    health: tuple[str, ...]
    waits_for: tuple[str, ...]
    secrets: tuple[str, ...]
    mounts: tuple[tuple[str, str, bool], ...]
    """(volume or path beside the compose file, path in the container, whether it can only be read)."""
    networks: tuple[str, ...]
    ports: tuple[str, ...]
    replicas: int
    given: Mapping[str, Any]
    """All that the file says of it."""

    @property
    def is_ours(self) -> bool:
        return bool(self.entrypoint)


def read_document(variables: Mapping[str, str] | None = None) -> dict[str, Any]:
    """The whole file, with `variables` in place."""
    text = _VARIABLE.sub(lambda found: (variables or {}).get(found[1]) or found[2] or "", COMPOSE.read_text("utf-8"))
    document: dict[str, Any] = yaml.safe_load(text)
    return document


def read_services(variables: Mapping[str, str] | None = None) -> dict[str, Service]:
    """All services by name."""
    return {name: _service(name, given) for name, given in read_document(variables)["services"].items()}


def started_by(services: Mapping[str, Service], *profiles: str) -> dict[str, Service]:
    """What `docker compose --profile … up` starts."""
    return {name: one for name, one in services.items() if set(one.profiles) & set(profiles)}


def dockerfile_list(instruction: str) -> tuple[str, ...]:
    """The words of the last `ENTRYPOINT [...]` or `CMD [...]`."""
    found = re.findall(rf"^{instruction} (\[.*\])$", DOCKERFILE.read_text("utf-8"), re.M)
    return tuple(json.loads(found[-1]))


def dockerfile_environment() -> dict[str, str]:
    """What the last `ENV` of the Dockerfile sets; PATH is the image's own business."""
    text = DOCKERFILE.read_text("utf-8").replace("\\\n", " ")
    last = re.findall(r"^ENV (.*)$", text, re.M)[-1]
    return {name: value for name, value in re.findall(r"(\w+)=(\S+)", last) if name != "PATH"}


def _service(name: str, given: dict[str, Any]) -> Service:
    ours = given["image"].startswith("keepsharp:")
    mounts = [volume.split(":") for volume in given.get("volumes", ())]
    return Service(
        name=name,
        image=given["image"],
        profiles=tuple(given.get("profiles", ())),
        entrypoint=dockerfile_list("ENTRYPOINT") if ours else (),
        command=tuple(given.get("command", ())),
        image_environment=dockerfile_environment() if ours else {},
        environment={key: str(value or "") for key, value in given.get("environment", {}).items()},
        health=tuple(given["healthcheck"]["test"][1:]),
        waits_for=tuple(given.get("depends_on", ())),
        secrets=tuple(given.get("secrets", ())),
        mounts=tuple((source, target, rest == ["ro"]) for source, target, *rest in mounts),
        networks=tuple(given.get("networks", ())),
        ports=tuple(given.get("ports", ())),
        replicas=int(given.get("deploy", {}).get("replicas", 1)),
        given=given,
    )
