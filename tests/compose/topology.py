"""Starts what the compose file describes, in the order of its health checks, and ends it."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType

from infra.domain.errors import Unavailable
from infra.processes import Child
from tests.compose.names import NameServer
from tests.compose.places import Place, Places
from tests.compose.reading import ROOT, read_services, started_by
from tests.compose.standing_in import ABSENT, command_of, search_path, surroundings_of

WELL_SECONDS = 600
"""How long a service may take to be well: this machine may be busy, and Prefect migrates for a while."""


class Topology:
    """The services of some profiles as processes. Use it in a `with` block, after `prepare`."""

    def __init__(self, folder: Path, *profiles: str, without: Sequence[str] = ()) -> None:
        left_out = {*ABSENT, *without}
        self.services = {
            name: one for name, one in started_by(read_services(), *profiles).items() if name not in left_out
        }
        self.places = Places(self.services.values(), folder)
        self.children: dict[str, Child] = {}
        self.seconds: dict[str, float] = {}
        self._closing = ExitStack()
        self._make_secrets()

    def _make_secrets(self) -> None:
        """By the script that makes them for Compose; opened for PostgreSQL, which runs as another user."""
        subprocess.run(
            ["sh", str(ROOT / "infra" / "docker" / "prepare.sh"), str(self.places.secrets)],
            check=True,
            capture_output=True,
            timeout=60,
        )
        (self.places.secrets / "tls").mkdir(exist_ok=True)
        self.places.secrets.chmod(0o711)

    def secret(self, name: str) -> str:
        return (self.places.secrets / name).read_text(encoding="utf-8").strip()

    def give(self, name: str, content: str) -> None:
        """Put a secret in place of what is there, as a person does."""
        file = self.places.secrets / name
        file.unlink(missing_ok=True)
        file.write_text(content, encoding="utf-8")
        file.chmod(0o444)

    def __enter__(self) -> Topology:
        self._closing.enter_context(NameServer(self.places.name_server, self.places.addresses()))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for child in reversed(self.children.values()):
            child.ask_to_stop()
        self._closing.close()

    def start(self, *names: str) -> None:
        """Start these services and whatever they wait for, each as soon as that is well.

        Raises:
            Unavailable: one ended, or was not well in time.
        """
        waiting = self._ordered(names or tuple(self.services))
        began: dict[str, float] = {}
        well: set[str] = set()
        while len(well) < len(waiting):
            for name in waiting:
                needed = {one for one in self.services[name].waits_for if one in self.services}
                if name not in began and needed <= well:
                    began[name] = time.monotonic()
                    for place in self.places.of(name):
                        if place.name not in self.children:
                            self.start_one(place)
                elif name in began and name not in well and self._are_well(name, time.monotonic() - began[name]):
                    well.add(name)
                    took = round(time.monotonic() - began[name], 1)
                    self.seconds.setdefault(name, took)  # its first start counts
                    print(f"{name} is well after {took:.0f} s", file=sys.stderr, flush=True)
            time.sleep(0.5)

    def start_one(self, place: Place) -> None:
        """Start one replica, without waiting for it."""
        command = command_of(place, self.places)
        log = self._closing.enter_context(self.log(place).open("ab"))
        child = Child(
            place.name,
            self._with_environment(place, command),
            folder=self._folder(place),
            output=log,
            grace_seconds=float(str(place.service.given.get("stop_grace_period", "10s")).rstrip("s")),
        )
        self.children[place.name] = self._closing.enter_context(child)

    def run(self, service: str, *words: str) -> str:
        """What `docker compose run --rm SERVICE WORDS` says; raises Unavailable where it fails."""
        place = self.places.of(service)[0]
        put = [self.places.put(word, place) for word in (*place.service.entrypoint, *words)]
        done = self._finished(place, put, 600)
        if done.returncode != 0:
            raise Unavailable(f"{' '.join(words)} ended with {done.returncode}: {done.stderr[-3000:]}")
        return done.stdout

    def say(self, service: str, *words: str) -> str:
        """All that the same says, whether it fails or not."""
        place = self.places.of(service)[0]
        done = self._finished(
            place, [self.places.put(word, place) for word in (*place.service.entrypoint, *words)], 600
        )
        return done.stdout + done.stderr

    @staticmethod
    def call(*words: str) -> str:
        """A program of this machine, outside the topology."""
        done = subprocess.run(
            words, env={"PATH": search_path()}, capture_output=True, text=True, check=False, timeout=600
        )
        if done.returncode != 0:
            raise Unavailable(f"{words[0]} ended with {done.returncode}: {done.stderr}")
        return done.stdout

    def is_well(self, place: Place) -> bool:
        """What the service's own health check says."""
        words = [self.places.put(word, place) for word in place.service.health]
        return self._finished(place, words, 60).returncode == 0

    def log(self, place: Place) -> Path:
        folder = self.places.folder / "logs"
        folder.mkdir(exist_ok=True)
        return folder / f"{place.name}.log"

    def _are_well(self, name: str, seconds: float) -> bool:
        """Whether every replica is; raises Unavailable where one ended, or it takes too long."""
        for place in self.places.of(name):
            if self.is_well(place):
                continue
            child = self.children[place.name]
            tail = self.log(place).read_text(errors="replace")[-3000:]
            if not child.running:
                raise Unavailable(f"{place.name} ended with {child.wait()}:\n{tail}")
            if seconds > WELL_SECONDS:
                raise Unavailable(f"{place.name} was not well within {WELL_SECONDS} s:\n{tail}")
            return False
        return True

    def _finished(self, place: Place, words: Sequence[str], seconds: float) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            self._with_environment(place, words),
            capture_output=True,
            text=True,
            check=False,
            timeout=seconds,
            cwd=self._folder(place),
        )

    def _with_environment(self, place: Place, words: Sequence[str]) -> list[str]:
        given = [f"{name}={value}" for name, value in surroundings_of(place, self.places).items()]
        return ["/usr/bin/env", "-i", *given, *words]

    def _folder(self, place: Place) -> Path:
        """The image works in /data, which is a volume of those that mount it."""
        mounted = any(target == "/data" for _, target, _ in place.service.mounts)
        return self.places.volume("keepsharp") if mounted else place.folder

    def _ordered(self, names: Sequence[str]) -> list[str]:
        found: list[str] = []
        for name in names:
            waits = [one for one in self.services[name].waits_for if one in self.services]
            found += [one for one in (*self._ordered(waits), name) if one not in found]
        return found
