"""Every page as a picture, to be looked at: `python -m tests.e2e.screenshots OUT`.

Light and dark at 1280 pixels and at 390, whole pages, and what axe and the console said. `--home HOME` shows an
installation there is (a demo's); otherwise the line of the tests is played first, which takes a minute.

`python -m tests.e2e.screenshots FILE.webp --home .keepsharp/demo --page /models/inspection-line --until drift` takes
one page, from its top to the end of the element with that id, as a document shows it.
"""

from __future__ import annotations

import argparse
import base64
import re
import tempfile
from contextlib import ExitStack
from pathlib import Path

from playwright.sync_api import Browser

from tests.e2e.browser import NARROW, WIDE, Theme, chromium_path, open_browser, visiting
from tests.e2e.line_home import play_line
from tests.e2e.serving import pages_of, serving

VIEWS: tuple[tuple[str, Theme, int], ...] = (
    ("light", "light", WIDE),
    ("dark", "dark", WIDE),
    ("narrow", "light", NARROW),
    ("narrow-dark", "dark", NARROW),
)

SETTLED = 500
"""Milliseconds for pictures to come. The stream of events never ends, so that the network is never idle."""


SHARPNESS, QUALITY = 1.5, 82
"""Of the picture for a document: pixels of it for one of the page, and how much of them WebP keeps."""
AIR = 24
"""Pixels below the last thing that it shows."""


def main() -> int:
    """Write the pictures; the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path)
    parser.add_argument("--home", type=Path)
    parser.add_argument("--only", default="", help="pages whose route holds this text")
    parser.add_argument("--page", help="one page, by its path; OUT is the file")
    parser.add_argument("--until", default="", help="with --page: the id of the last element that is shown")
    asked = parser.parse_args()
    if chromium_path() is None:
        print("there is no Chromium here: install it (Debian: apt-get install chromium)")
        return 1
    with ExitStack() as stack:
        home = asked.home
        if home is None:
            home = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            play_line(home)
        base = stack.enter_context(serving(home.resolve()))
        browser = stack.enter_context(open_browser())
        if asked.page is not None:
            _one(browser, base, asked.page, asked.until, asked.out)
        else:
            _all(browser, base, asked.only, asked.out)
    return 0


def _all(browser: Browser, base: str, only: str, folder: Path) -> None:
    """Every page in every view, and what was said against it."""
    folder.mkdir(parents=True, exist_ok=True)
    found = {route: path for route, path in pages_of(base).items() if only in route}
    for name, theme, width in VIEWS:
        for route, path in found.items():
            with visiting(browser, base, theme=theme, width=width) as visit:
                page = visit.goto(path)
                page.wait_for_timeout(SETTLED)
                file = folder / f"{_name_of(route)}.{name}.png"
                page.screenshot(path=file, full_page=True)
                problems = [*visit.complaints, *visit.barriers()]
                if visit.too_wide():
                    problems.append(f"{visit.too_wide()} pixels wider than the window")
                print(file, path, *problems, sep="\n  ")


def _one(browser: Browser, base: str, path: str, until: str, file: Path) -> None:
    """The page from its top to the end of an element, as WebP, which is a third of a PNG."""
    with visiting(browser, base) as visit:
        page = visit.goto(path)
        page.wait_for_timeout(SETTLED)
        box = page.locator(f"#{until}" if until else "body").bounding_box()
        assert box is not None, f"nothing with the id {until!r} is seen on {path}"
        view = {"x": 0, "y": 0, "width": WIDE, "height": box["y"] + box["height"] + AIR, "scale": SHARPNESS}
        asked = {"format": "webp", "quality": QUALITY, "clip": view, "captureBeyondViewport": True}
        taken = page.context.new_cdp_session(page).send("Page.captureScreenshot", asked)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(base64.b64decode(taken["data"]))
        print(f"{file}: {file.stat().st_size / 1000:.0f} kB")


def _name_of(route: str) -> str:
    """`/models/{model}/costs` → `models-model-costs`; `/` → `fleet`."""
    return re.sub(r"[^a-z]+", "-", route).strip("-") or "fleet"


if __name__ == "__main__":
    raise SystemExit(main())
