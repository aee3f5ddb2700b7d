"""Follows the database: a new version is fetched, checked, proved and warmed up beside the old one, then swapped in.

A champion that fails leaves the old one serving; a challenger or simple model that fails leaves its post empty and
hurts nobody. Either opens an alert and is tried again later. It knows nothing of HTTP.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial

import anyio
import structlog

from infra.domain.errors import BundleError, Unavailable
from infra.model.taking_up import take_up
from infra.ports import Ports
from infra.settings import Settings
from services.inference.metrics import Metrics
from services.inference.posts import Post, Wanted, read_wanted
from services.inference.predictor import Deployment, Predictor, Role, Serving
from services.inference.reload_alerts import close_alert, open_alert
from services.inference.serving_rules import ServingRules

log = structlog.get_logger(__name__)

RETRY_SECONDS = 30.0
"""A version that could not be loaded is tried again after this time."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Failure:
    """A version that could not take over its post, and when to try again (monotonic seconds)."""

    post: Post
    problem: str
    retry_at: float


class Reloader:
    """Keeps the predictor at what the database names."""

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
        self._failures: dict[tuple[str, Role], Failure] = {}
        self._rules = ServingRules()
        self.last_problem: str | None = "the database has not been asked for champions yet"
        """Why the champions could not be read, or None when they were."""

    @property
    def failures(self) -> Mapping[str, Failure]:
        """Champions that could not be taken over, by model; gone once they load."""
        return {model: failure for (model, role), failure in self._failures.items() if role == "champion"}

    async def run(self) -> None:
        """Look again every `reload_seconds`, until cancelled."""
        while True:
            await asyncio.sleep(self._settings.reload_seconds)
            await self.look()

    async def look(self) -> None:
        """Ask once who is to answer, and take over what is new. Never raises for what it finds."""
        try:
            wanted = await anyio.to_thread.run_sync(read_wanted, self._ports)
        except Exception as error:
            if str(error) != self.last_problem:
                log.exception("champions could not be read; what serves goes on serving")
            self.last_problem = str(error) or type(error).__name__
            return
        self.last_problem = None
        for one in wanted:
            await self._follow(one)

    async def _follow(self, wanted: Wanted) -> None:
        """Bring one model to what is wanted, the champion first: nobody beside it may hold it up."""
        model = wanted.champion.model
        old = self._predictor.deployment(model)
        champion = await self._holder(wanted.champion, old)
        if champion is None:
            return
        rules = self._rules.of(model, wanted.spec_yaml)
        now = Deployment(champion=champion, rules=rules)
        self._swap(old, now if old is None else replace(old, champion=champion, rules=rules))
        beside = {post.role: await self._holder(post, old) for post in wanted.beside if post.sha256 != champion.sha256}
        self._swap(now, replace(now, challenger=beside.get("challenger"), simple=beside.get("simple")))
        await self._forget_vacated(model, wanted)

    async def _holder(self, post: Post, old: Deployment | None) -> Serving | None:
        """Who holds the post from now on; None when nobody does."""
        standing = old.held_by(post.role) if old is not None else None
        if standing is not None and (standing.version, standing.sha256) == (post.version, post.sha256):
            await self._settle(post, f"version {post.version} is loaded")
            return standing
        fallback = standing if post.role == "champion" else None
        failure = self._failures.get((post.model, post.role))
        if failure is not None and failure.post == post and time.monotonic() < failure.retry_at:
            return fallback
        try:
            serving = await anyio.to_thread.run_sync(self._load, post, old)
        except Unavailable as error:
            self.last_problem = str(error)
            log.warning("a version could not be fetched", model=post.model, role=post.role, problem=str(error))
            return fallback
        except Exception as error:
            log.exception("a version could not be loaded", model=post.model, role=post.role, version=post.version)
            await self._fail(post, error, standing)
            return fallback
        if post.role != "champion":
            self._metrics.reloads.labels(post.model, post.version, "loaded").inc()
        log.info("version loaded", model=post.model, role=post.role, version=post.version, sha256=post.sha256)
        await self._settle(post, f"version {post.version} was loaded")
        return serving

    def _load(self, post: Post, old: Deployment | None) -> Serving:
        """Raises BundleError when the bundle is not what its hash claims or does not answer its example."""
        for loaded in (old.champion, old.challenger, old.simple) if old is not None else ():
            if loaded is not None and loaded.sha256 == post.sha256:
                return replace(loaded, version=post.version)
        config, weights = self._ports.versions.bundle(post.sha256)
        bundle = take_up(config, weights, post.sha256, self._settings.allowed_modules)
        return Serving(model=post.model, version=post.version, sha256=post.sha256, bundle=bundle)

    def _swap(self, old: Deployment | None, new: Deployment) -> None:
        self._predictor.swap(new)
        if old is None or old.champion != new.champion:
            previous = old.champion.version if old is not None else None
            self._metrics.now_serving(new.champion.model, new.champion.version, previous)

    async def _fail(self, post: Post, error: Exception, standing: Serving | None) -> None:
        self._metrics.reloads.labels(post.model, post.version, "failed").inc()
        problem = str(error) if isinstance(error, BundleError) else f"{type(error).__name__}: {error}"
        retry_at = time.monotonic() + self._retry_seconds
        self._failures[post.model, post.role] = Failure(post=post, problem=problem, retry_at=retry_at)
        await self._tell(post, partial(open_alert, self._ports.alerts, post, problem, standing))

    async def _settle(self, post: Post, note: str) -> None:
        if self._failures.pop((post.model, post.role), None) is not None:
            await self._tell(post, partial(close_alert, self._ports.alerts, post, note))

    async def _forget_vacated(self, model: str, wanted: Wanted) -> None:
        """A failure about a post that nobody is to hold any more is none."""
        roles = {post.role for post in wanted.beside} | {"champion"}
        for key, failure in list(self._failures.items()):
            if key[0] == model and key[1] not in roles:
                await self._settle(failure.post, "nobody is to hold this post any more")

    async def _tell(self, post: Post, act: Callable[[], None]) -> None:
        """Change the alert; when the database is away, the metric and the log line have said it."""
        try:
            await anyio.to_thread.run_sync(act)
        except Exception:
            log.exception("the alert about a failed reload could not be kept", model=post.model)
