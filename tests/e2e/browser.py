"""Chromium as a person uses it, in one theme and width, and everything that it complained about."""

from __future__ import annotations

import importlib.resources
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Literal

from playwright.sync_api import Browser, Page, Request, sync_playwright

from infra.setup.browser import find_browser

Theme = Literal["light", "dark"]
WIDE, NARROW = 1280, 390
HEIGHTS = {WIDE: 900, NARROW: 844}
READY = "html[data-ready]"
_RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


def chromium_path() -> str | None:
    """Where the system's Chromium lies; None where it has none."""
    return find_browser()


@contextmanager
def open_browser() -> Iterator[Browser]:
    """Chromium without a window. It holds this thread's event loop: end it before anything asynchronous runs here."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path(), args=["--no-sandbox"])
        yield browser
        browser.close()


@lru_cache(maxsize=1)
def axe_source() -> str:
    """axe-core as its package brings it."""
    return (importlib.resources.files("axe_playwright_python") / "axe.min.js").read_text("utf-8")


@dataclass
class Visit:
    """One tab, and what its console said against it."""

    base: str
    page: Page
    complaints: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        def hear(kind: str, text: str) -> None:
            self.complaints.append(f"{kind}: {text}")

        self.page.on("console", lambda said: hear(said.type, said.text) if said.type in ("error", "warning") else None)
        self.page.on("pageerror", lambda error: hear("script", str(error)))
        self.page.on("requestfailed", lambda request: None if _left(request) else hear("request", _failure_of(request)))

    def goto(self, path: str) -> Page:
        """Open a page, and return it when its scripts have run."""
        self.page.goto(self.base + path)
        self.settle()
        return self.page

    def settle(self) -> None:
        """Wait until the page that is open is as a person sees it."""
        self.page.wait_for_selector(READY, state="attached")
        self.page.evaluate("document.fonts.ready")

    def barriers(self) -> list[str]:
        """What axe finds, by WCAG 2.2 AA and by its own best practice, with examples."""
        self.page.evaluate(axe_source())
        options = {"runOnly": {"type": "tag", "values": _RULES}}
        found: dict[str, Any] = self.page.evaluate("options => axe.run(document, options)", options)
        return [
            f"{one['id']}: {one['help']}: {[node['html'][:160] for node in one['nodes'][:3]]}"
            for one in found["violations"]
        ]

    def too_wide(self) -> int:
        """By how many pixels the page is wider than its window."""
        wider: int = self.page.evaluate("document.documentElement.scrollWidth - innerWidth")
        return max(0, wider)

    def assert_sound(self) -> None:
        """Nothing failed or was blocked, nobody is shut out, and nothing sticks out."""
        assert self.complaints == []
        assert self.barriers() == []
        assert self.too_wide() == 0


def _left(request: Request) -> bool:
    """Whether the person went on before it had come."""
    return request.failure == "net::ERR_ABORTED"


def _failure_of(request: Request) -> str:
    return f"{request.url} {request.failure}"


@contextmanager
def visiting(
    browser: Browser, base: str, *, theme: Theme = "light", width: int = WIDE, zone: str = "Europe/Berlin"
) -> Iterator[Visit]:
    """A tab of a person without cookies."""
    context = browser.new_context(
        color_scheme=theme,
        viewport={"width": width, "height": HEIGHTS[width]},
        timezone_id=zone,
        locale="en-GB",
        reduced_motion="reduce",
    )
    context.set_default_timeout(20_000)
    yield Visit(base=base, page=context.new_page())
    context.close()
