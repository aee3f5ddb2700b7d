"""Where each service lives on this machine: an address of the loopback network, and folders for its volumes.

Only what a container alone gives is rewritten in commands, variables and health checks: names of services before a
port, addresses, and paths of mounts. Every port stays as it is, since each replica has an address of its own.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.compose.reading import ROOT, Service

_APP = ROOT / "infra" / "docker"


@dataclass(frozen=True, kw_only=True)
class Place:
    """One replica of one service."""

    service: Service
    number: int
    address: str
    folder: Path
    """Its own: `/tmp` of the container, its log."""

    @property
    def name(self) -> str:
        return f"{self.service.name}-{self.number}"


class Places:
    """All replicas of a topology under one folder."""

    def __init__(self, services: Iterable[Service], folder: Path) -> None:
        self.folder = folder
        network = f"127.{secrets.randbelow(200) + 20}.{secrets.randbelow(250) + 1}"
        self.name_server = f"{network}.2"
        self._places: dict[str, list[Place]] = {}
        host = 10
        for service in services:
            for number in range(1, service.replicas + 1):
                place = Place(
                    service=service,
                    number=number,
                    address=f"{network}.{host}",
                    folder=folder / "replicas" / f"{service.name}-{number}",
                )
                place.folder.mkdir(parents=True)
                self._places.setdefault(service.name, []).append(place)
                host += 1
        names = "|".join(map(re.escape, self._places))
        self._name = re.compile(rf"(?<![\w.-])({names})(?=:\d)")

    @property
    def secrets(self) -> Path:
        return self.folder / "secrets"

    def of(self, service: str) -> list[Place]:
        return self._places[service]

    def all(self) -> list[Place]:
        return [place for places in self._places.values() for place in places]

    def addresses(self) -> Mapping[str, list[str]]:
        """What a name server of the topology answers."""
        return {name: [place.address for place in places] for name, places in self._places.items()}

    def volume(self, name: str) -> Path:
        """A named volume, made at its first use."""
        folder = self.folder / "volumes" / name
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def put(self, text: str, place: Place) -> str:
        """The text as it has to be on this machine."""
        text = text.replace("0.0.0.0", place.address).replace("127.0.0.1", place.address)
        text = self._name.sub(lambda found: self._places[found[1]][0].address, text)
        paths = dict(self._paths(place))
        inside = "|".join(re.escape(path) for path in sorted(paths, key=len, reverse=True))
        # all at once: a folder of this machine may begin like a path of the container
        return re.sub(rf"(?<![\w./-])({inside})(?=/|$|\s)", lambda found: str(paths[found[1]]), text)

    def _paths(self, place: Place) -> list[tuple[str, Path]]:
        mounts = [(target, self._source(source)) for source, target, _ in place.service.mounts]
        return [*mounts, ("/run/secrets", self.secrets), ("/tmp", place.folder), ("/app", _APP)]

    def _source(self, source: str) -> Path:
        if not source.startswith("./"):
            return self.volume(source)
        return self.secrets / "tls" if source == "./secrets/tls" else ROOT / source.removeprefix("./")

    def environment(self, place: Place) -> dict[str, str]:
        """All variables that the container would have, as they have to be here."""
        given = {**place.service.image_environment, **place.service.environment}
        return {name: self.put(value, place) for name, value in given.items()}
