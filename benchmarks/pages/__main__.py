"""`python -m benchmarks.pages`: how quick and how light the dashboard is with fifty models, and what pages cost."""

from __future__ import annotations

import sys

from benchmarks.monitoring.parts import Part
from benchmarks.pages import asking, open_pages, opening, spending, viewing
from benchmarks.pages.place import tidy
from benchmarks.running import main

PARTS: dict[str, Part] = {
    "asking": asking.run,
    "viewing": viewing.run,
    "opening": opening.run,
    "open-pages": open_pages.run,
    "spending": spending.run,
}
"""In the order in which they are run: the last one writes a ledger that the others must not find."""
PACKAGES = ("fastapi", "jinja2", "playwright")

if __name__ == "__main__":
    try:
        status = main("pages", PARTS, packages=PACKAGES, about=__doc__ or "")
    finally:
        tidy()
    sys.exit(status)
