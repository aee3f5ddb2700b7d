"""What Chromium loads for a page that it has never seen, and when the page can be used."""

from __future__ import annotations

import statistics

from playwright.sync_api import Browser, sync_playwright

from benchmarks.monitoring.parts import Asked, Found, table_of
from benchmarks.pages.asking import PAGES
from benchmarks.pages.place import place
from benchmarks.serving.figures import Figure
from infra.setup.browser import find_browser

MOST_KB, MOST_MS = 200.0, 1000.0
_WATCH = """
new MutationObserver(() => {
  if (document.documentElement.dataset.ready) window.keepsharpReady ??= performance.now();
}).observe(document, { attributes: true, subtree: true, attributeFilter: ["data-ready"] });
"""


def run(asked: Asked) -> Found:
    """Fresh contexts, so nothing is kept: bytes as they came over the line; milliseconds until `data-ready` stands."""
    path = find_browser()
    if path is None:
        return Found(figures=(), not_run={"opening": "there is no Chromium here"})
    figures, rows = [], []
    with place(asked) as (base, _), sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        for title, address in PAGES.items():
            opened = [_open(browser, base + address) for _ in range(3 if asked.quick else 15)]
            weight = max(one[0] for one in opened) / 1000
            ready = statistics.median(one[1] for one in opened)
            figures += [
                Figure(name=f"{title}: all on first load", value=weight, unit="kB", sign="<", bound=MOST_KB),
                Figure(name=f"{title}: until it can be used", value=ready, unit="ms", sign="<", bound=MOST_MS),
            ]
            rows.append((title, f"{weight:.1f}", f"{ready:.0f}", f"{max(one[1] for one in opened):.0f}"))
        browser.close()
    return Found(figures=tuple(figures), table=table_of(("page", "kB", "ready, median (ms)", "slowest (ms)"), rows))


def _open(browser: Browser, url: str) -> tuple[int, float]:
    """(bytes over the line, milliseconds)."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    page.add_init_script(_WATCH)
    session = context.new_cdp_session(page)
    session.send("Network.enable")
    weights: list[float] = []
    session.on("Network.loadingFinished", lambda said: weights.append(said["encodedDataLength"]))
    page.goto(url)
    page.wait_for_selector("html[data-ready]", state="attached")
    page.wait_for_timeout(300)
    ready = float(page.evaluate("window.keepsharpReady"))
    context.close()
    return int(sum(weights)), ready
