"""What holds of every page: it fits, nothing is blocked or fails, and nobody is shut out."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser

from services.dashboard.navigation import TABS, TOP
from tests.e2e.browser import NARROW, WIDE, Theme, visiting
from tests.e2e.serving import pages_of

VIEWS: tuple[tuple[Theme, int], ...] = (("light", WIDE), ("dark", WIDE), ("light", NARROW), ("dark", NARROW))


@pytest.mark.timeout(600)
def test_every_page_is_accessible_in_both_themes_and_widths(
    base: str, chromium: Browser, subtests: pytest.Subtests
) -> None:
    found = pages_of(base)
    assert {"/", "/models/{model}"} <= set(found)
    for theme, width in VIEWS:
        with visiting(chromium, base, theme=theme, width=width) as visit:  # one tab, which keeps scripts and styles
            for route, path in found.items():
                with subtests.test(route, theme=theme, width=width):
                    visit.complaints.clear()
                    visit.goto(path)
                    visit.assert_sound()


def test_every_entry_of_the_navigation_that_is_offered_leads_somewhere(base: str, chromium: Browser) -> None:
    with visiting(chromium, base) as visit:
        offered = visit.goto("/").locator("nav.site a").all_inner_texts()
        assert set(offered) <= {entry.text for entry in (*TOP, *TABS)}
        for text in offered:
            visit.page.get_by_role("navigation", name="Site").get_by_role("link", name=text).click()
            visit.settle()
            assert visit.page.locator("nav.site a[aria-current=page]").inner_text() == text
        assert visit.complaints == []


def test_times_are_the_viewers_and_utc_on_hover(base: str, chromium: Browser) -> None:
    with visiting(chromium, base, zone="Asia/Tokyo") as visit:
        time = visit.goto("/models/inspection-line").locator("dl.facts time").first
        utc = time.get_attribute("title") or ""
        assert utc.endswith("UTC")
        hours = [int(text.split(", ")[1][:2]) for text in (utc, time.inner_text())]
        assert (hours[1] - hours[0]) % 24 == 9


def test_hours_on_the_axis_are_the_viewers_too(base: str, chromium: Browser) -> None:
    read = []
    for zone in ("UTC", "Asia/Tokyo"):
        with visiting(chromium, base, zone=zone) as visit:
            ticks = visit.goto("/models/inspection-line").locator("svg.chart.wide text[data-at]")
            texts = {one.get_attribute("data-at"): one.text_content() or "" for one in ticks.all()}
            read.append({at: text for at, text in texts.items() if ":" in text})
    utc, tokyo = read
    both = utc.keys() & tokyo.keys()
    assert both
    assert all((int(tokyo[at][:2]) - int(utc[at][:2])) % 24 == 9 for at in both)
