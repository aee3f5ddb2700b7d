"""Every page as a picture, to be looked at: `python -m tests.e2e.screenshots OUT`.

Light and dark at 1280 pixels and light at 390, whole pages, and what axe and the console said. `--home HOME` shows an
installation there is (a demo's); otherwise the line of the tests is played first, which takes a minute.
"""

from __future__ import annotations

import argparse
import re
import tempfile
from contextlib import ExitStack
from pathlib import Path

from tests.e2e.browser import NARROW, WIDE, Theme, chromium_path, open_browser, visiting
from tests.e2e.line_home import play_line
from tests.e2e.serving import pages_of, serving

VIEWS: tuple[tuple[str, Theme, int], ...] = (
    ("light", "light", WIDE),
    ("dark", "dark", WIDE),
    ("narrow", "light", NARROW),
)

SETTLED = 500
"""Milliseconds for pictures to come. The stream of events never ends, so that the network is never idle."""


def main() -> int:
    """Write the pictures; the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path)
    parser.add_argument("--home", type=Path)
    parser.add_argument("--only", default="", help="pages whose route holds this text")
    asked = parser.parse_args()
    if chromium_path() is None:
        print("there is no Chromium here: install it (Debian: apt-get install chromium)")
        return 1
    asked.out.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        home = asked.home
        if home is None:
            home = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            play_line(home)
        base = stack.enter_context(serving(home.resolve()))
        found = {route: path for route, path in pages_of(base).items() if asked.only in route}
        browser = stack.enter_context(open_browser())
        for name, theme, width in VIEWS:
            for route, path in found.items():
                with visiting(browser, base, theme=theme, width=width) as visit:
                    page = visit.goto(path)
                    page.wait_for_timeout(SETTLED)
                    file = asked.out / f"{_name_of(route)}.{name}.png"
                    page.screenshot(path=file, full_page=True)
                    problems = [*visit.complaints, *visit.barriers()]
                    if visit.too_wide():
                        problems.append(f"{visit.too_wide()} pixels wider than the window")
                    print(file, path, *problems, sep="\n  ")
    return 0


def _name_of(route: str) -> str:
    """`/models/{model}/costs` → `models-model-costs`; `/` → `fleet`."""
    return re.sub(r"[^a-z]+", "-", route).strip("-") or "fleet"


if __name__ == "__main__":
    raise SystemExit(main())
