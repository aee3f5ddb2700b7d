"""A model's page in a browser: what is zoomed into is in its address, and a cell of drift leads to its window."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import Browser, Page, expect

from tests.e2e.browser import visiting

MODEL = "/models/inspection-line"


def explored(page: Page) -> None:
    """Point at the chart, and wait until it can be zoomed."""
    page.locator(".plot.life").hover()
    page.wait_for_selector(".plot.life[data-chart-state=drawn]")


def test_what_is_zoomed_into_is_in_the_address_and_shown_below(base: str, chromium: Browser) -> None:
    with visiting(chromium, base) as visit:
        page = visit.goto(MODEL)
        rows = page.locator("#windows tbody tr")
        before = rows.count()
        explored(page)
        box = page.locator(".plot-canvas").bounding_box()
        assert box is not None
        page.mouse.move(box["x"] + 0.9 * box["width"], box["y"] + box["height"] / 2)
        page.keyboard.down("Shift")
        for _ in range(6):
            page.mouse.wheel(0, -240)
        page.keyboard.up("Shift")
        page.wait_for_url("**from=*")
        expect(rows).not_to_have_count(before)
        asked = parse_qs(urlsplit(page.url).query)
        assert set(asked) <= {"from", "to"}
        assert asked["from"][0].endswith("Z")
        shown = rows.count()
        visit.assert_sound()
        page.reload()
        visit.settle()
        assert rows.count() == shown
        page.get_by_role("link", name="Everything").click()
        visit.settle()
        assert rows.count() == before


def test_a_cell_of_the_drift_picture_opens_the_two_distributions(base: str, chromium: Browser) -> None:
    with visiting(chromium, base) as visit:
        page = visit.goto(MODEL)
        picture = page.locator("svg.heat.wide image")
        picture.scroll_into_view_if_needed()
        picture.hover()
        page.wait_for_selector("[data-heat-state=ready]")
        box = picture.bounding_box()
        assert box is not None
        names = page.locator("svg.heat.wide a").all_text_contents()
        row = next(
            place for place, name in enumerate(names) if not name.startswith("(")
        )  # what the network sees has no bins
        place = (box["x"] + 0.95 * box["width"], box["y"] + (row + 0.5) * box["height"] / len(names))
        page.mouse.move(*place)
        words = page.locator(".heat-tip").inner_text()
        found = re.search(r"^(.+), window (\d+)\s+moved by 0\.\d+: (not )?drifted", words)
        assert found is not None, words
        page.mouse.click(*place)
        page.wait_for_url(f"**/windows/{found[2]}?feature=*")
        visit.settle()
        visit.complaints.clear()  # a page that is left while its worker loads lets go of that request
        assert page.locator("#distribution").inner_text() == f"{found[1]}: window against reference"
        assert page.locator("svg.bars rect.now").count() > 1
        visit.assert_sound()
        page.get_by_role("link", name=f"← Window {int(found[2]) - 1}").click()
        visit.settle()
        assert page.locator("h1").inner_text() == f"Window {int(found[2]) - 1}"
        visit.assert_sound()
