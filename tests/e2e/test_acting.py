"""A person walks the loop: from an alert to the training that followed, its dossier, its corrections, and back."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.browser import Visit, visiting

MODEL = "/models/inspection-line"


def confirm(page: Page, summary: str, button: str, reason: str) -> None:
    """Unfold a deed, give a reason, and do it."""
    box = page.locator("details.confirm", has=page.get_by_text(summary, exact=True))
    box.locator("summary").click()
    box.get_by_label("Reason").fill(reason)
    box.get_by_role("button", name=button).click()


def unbroken(visit: Visit) -> bool:
    """Whether nothing failed; what the browser gave up because the person went on is no failure."""
    return all("ERR_ABORTED" in one for one in visit.complaints)


@pytest.mark.timeout(600)
def test_from_the_alert_to_its_retraining_and_back_to_the_version_before(base: str, chromium: Browser) -> None:
    with visiting(chromium, base) as visit:
        page = visit.goto("/alerts")
        page.locator("[data-table=alerts] td.main a").first.click()
        visit.settle()
        page.get_by_label("Note").fill("the camera was replaced")
        page.get_by_role("button", name="Acknowledge").click()
        expect(page.locator("p.flash")).to_contain_text("Acknowledged")
        expect(page.locator("#alert .facts dd").first).to_have_text("acknowledged")
        expect(page.locator("ol.life")).to_contain_text("Acknowledged by person: the camera was replaced")
        expect(page.locator("figure.around svg")).to_be_visible()

        page.get_by_role("link", name="The run and its dossier").first.click()
        expect(page.get_by_role("heading", level=1)).to_contain_text(re.compile(r"Version \d+ was promoted"))
        assert page.locator("dl.questions").first.locator("dt").count() == 5
        assert page.locator("ul.lines li").count() >= 5
        expect(page.locator("figure.curve svg.wide")).to_be_visible()
        serving = page.locator("#head .facts dd strong").first.inner_text()

        confirm(page, "Roll back", "Serve version", "the new camera is taken down")
        expect(page.locator("p.flash")).to_contain_text(re.compile(r"Version \d+ serves again"))
        assert f"Version {serving} " not in page.locator("p.flash").inner_text()
        assert unbroken(visit)


@pytest.mark.timeout(600)
def test_a_correction_is_seen_as_it_was_before_and_after(base: str, chromium: Browser) -> None:
    with visiting(chromium, base) as visit:
        page = visit.goto(f"{MODEL}/corrections")
        page.locator("[data-table=corrections] tbody a").first.click()
        visit.settle()
        card = page.locator("li.card").first
        expect(card).to_contain_text("for the truth")
        loaded = "image => image.complete && image.naturalWidth > 0"
        card.locator("img").first.scroll_into_view_if_needed()
        expect(card.locator("img").first).to_have_js_property("complete", True)
        assert card.locator("img").first.evaluate(loaded)
        assert unbroken(visit)


@pytest.mark.timeout(600)
def test_a_wish_to_retrain_is_asked_for_and_found_in_the_timeline(base: str, chromium: Browser) -> None:
    with visiting(chromium, base) as visit:
        page = visit.goto(f"{MODEL}/retraining?show=waiting")
        confirm(page, "Ask for a retraining", "Ask", "new material")
        expect(page.locator("p.flash")).to_contain_text("Your wish is kept")
        page.get_by_role("link", name="waiting").click()
        expect(page.locator("[data-table=retraining] tbody tr")).to_contain_text(["new material"])
