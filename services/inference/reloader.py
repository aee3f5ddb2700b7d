"""Follows the champions: a new one is fetched, checked, proved and warmed up beside the old one, then swapped in.

One that fails leaves the old one serving, opens an alert and is tried again later. It knows nothing of HTTP.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from hashlib import sha256

import anyio
import structlog

from infra.domain.alerts import Alert
from infra.domain.decisions import Champion
from infra.domain.errors import BundleError, Unavailable
from infra.model.bundle import ModelBundle
from infra.ports import Ports
from infra.settings import Settings
from services.inference.metrics import Metrics
from services.inference.predictor import Predictor, Serving

log = structlog.get_logger(__name__)

RULE = "reload_failed"
RETRY_SECONDS = 30.0
"""A champion that could not be loaded is tried again after this time."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Failure:
    """A champion that could not be taken over, and when to try again (monotonic seconds)."""

    champion: Champion
    problem: str
    retry_at: float


class Reloader:
    """Keeps the predictor at the champions that the database names."""

    def __init__(
        self,
        ports: Ports,
        predictor: Predictor,
        metrics: Metrics,
        settings: Settings,
        retry_seconds: float = RETRY_SECONDS,
    ) -> None:
        self._retry_seconds = retry_seconds
        self._ports, self._predictor, self._metrics, self._settings = ports, predictor, metrics, settings
        self.failures: dict[str, Failure] = {}
        """By model; gone once it loads."""
        self.last_problem: str | None = "the database has not been asked for champions yet"
        """Why the champions could not be read, or None when they were."""

    async def run(self) -> None:
        """Look again every `reload_seconds`, until cancelled."""
        while True:
            await asyncio.sleep(self._settings.reload_seconds)
            await self.look()

    async def look(self) -> None:
        """Ask once for the champions, and take over those that are new. Never raises for what it finds."""
        try:
            champions = await anyio.to_thread.run_sync(self._ports.versions.champions)
        except Exception as error:
            if str(error) != self.last_problem:
                log.exception("champions could not be read; what serves goes on serving")
            self.last_problem = str(error) or type(error).__name__
            return
        self.last_problem = None
        for champion in champions:
            if self._is_new(champion):
                await self._take_over(champion)

    def _is_new(self, champion: Champion) -> bool:
        serving = self._predictor.serving(champion.model)
        if serving is not None and serving.champion == champion:
            return False
        failure = self.failures.get(champion.model)
        return failure is None or failure.champion != champion or time.monotonic() >= failure.retry_at

    async def _take_over(self, champion: Champion) -> None:
        try:
            serving = await anyio.to_thread.run_sync(self._load, champion)
        except Unavailable as error:
            self.last_problem = str(error)
            log.warning("a champion could not be fetched", model=champion.model, problem=str(error))
        except Exception as error:
            log.exception("a champion could not be loaded", model=champion.model, version=champion.version)
            await self._fail(champion, error)
        else:
            previous = self._predictor.serving(champion.model)
            self._predictor.swap(serving)
            self._metrics.now_serving(champion.model, champion.version, previous.version if previous else None)
            log.info("champion loaded", model=champion.model, version=champion.version, sha256=champion.sha256)
            if self.failures.pop(champion.model, None) is not None:
                await self._tell(self._close_alert, champion)

    def _load(self, champion: Champion) -> Serving:
        """Raises BundleError when the bundle is not what its hash claims or does not answer its example."""
        old = self._predictor.serving(champion.model)
        if old is not None and old.champion.sha256 == champion.sha256:
            return Serving(champion=champion, bundle=old.bundle)
        config, weights = self._ports.versions.bundle(champion.sha256)
        bundle = ModelBundle.unpack(config, weights, champion.sha256, self._settings.allowed_modules)
        bundle.prove()
        serving = Serving(champion=champion, bundle=bundle)
        serving.warm_up()
        return serving

    async def _fail(self, champion: Champion, error: Exception) -> None:
        self._metrics.reloads.labels(champion.model, champion.version, "failed").inc()
        problem = str(error) if isinstance(error, BundleError) else f"{type(error).__name__}: {error}"
        retry_at = time.monotonic() + self._retry_seconds
        self.failures[champion.model] = Failure(champion=champion, problem=problem, retry_at=retry_at)
        await self._tell(self._open_alert, champion)

    async def _tell(self, act: Callable[[Champion], None], champion: Champion) -> None:
        """Change the alert; when the database is away, the metric and the log line have said it."""
        try:
            await anyio.to_thread.run_sync(act, champion)
        except Exception:
            log.exception("the alert about a failed reload could not be kept", model=champion.model)

    def _open_alert(self, champion: Champion) -> None:
        """Open one, unless one stands: a person may have acknowledged it."""
        if any(alert.rule == RULE for alert in self._ports.alerts.unresolved(champion.model)):
            return
        old = self._predictor.serving(champion.model)
        self._ports.alerts.save(_alert(champion, self.failures[champion.model].problem, old))

    def _close_alert(self, champion: Champion) -> None:
        for alert in self._ports.alerts.unresolved(champion.model):
            if alert.rule == RULE:
                note = f"version {champion.version} was loaded"
                at = max(alert.updated_at, champion.since)
                self._ports.alerts.save(
                    replace(alert, state="resolved", resolved_at=at, updated_at=at, silenced_until=None, note=note)
                )


def _alert(champion: Champion, problem: str, old: Serving | None) -> Alert:
    kept = f"version {old.version} goes on serving" if old else "nothing serves this model"
    return Alert(
        id=sha256(f"{RULE}:{champion.model}:{champion.decision_id}".encode()).hexdigest()[:16],
        model=champion.model,
        rule=RULE,
        severity="critical",
        state="open",
        dedup_key=f"{champion.model}:{RULE}",
        opened_at=champion.since,
        updated_at=champion.since,
        message=f"Version {champion.version} could not be loaded, {kept}: {problem}",
        evidence={"version": champion.version, "serving": old.version if old else None},
    )
