"""One person's whole walk: what is wrong, what was done about it, back again, ten labels, and the bill."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.browser import visiting

MODEL = "inspection-line"
LABELS = 10


@pytest.mark.timeout(600)
def test_from_the_fleet_to_the_alert_its_retraining_a_roll_back_ten_labels_and_the_bill(
    base: str, chromium: Browser, tmp_path: Path
) -> None:
    with visiting(chromium, base) as visit:
        page = visit.goto("/")
        row = page.locator("#fleet-lines tbody tr").first  # who needs a person most
        expect(row.locator(".health")).to_have_text(re.compile("degraded|watch"))
        visit.assert_sound()

        row.get_by_role("link", name=re.compile(r"\d+ open")).click()
        visit.settle()
        page.locator("#alerts").get_by_role("link").first.click()
        visit.settle()
        page.get_by_label("Note").fill("the camera was replaced")
        page.get_by_role("button", name="Acknowledge").click()
        expect(page.locator("p.flash")).to_contain_text("Acknowledged")
        expect(page.locator("figure.around svg")).to_be_visible()
        visit.assert_sound()

        page.get_by_role("link", name="The run and its dossier").first.click()
        visit.settle()
        expect(page.get_by_role("heading", level=1)).to_contain_text(re.compile(r"Version \d+"))
        assert page.locator("dl.questions").first.locator("dt").count() == 5
        visit.assert_sound()

        confirm(page, "Roll back", "Serve version", "the new camera is taken down")
        expect(page.locator("p.flash")).to_contain_text(re.compile(r"Version \d+ serves again"))

        page.get_by_role("navigation", name=MODEL).get_by_role("link", name="Labelling").click()
        visit.settle()
        for place in range(LABELS):
            shown = page.locator("#subject").inner_text()
            expect(page.locator("img.large")).to_be_visible()
            page.keyboard.press("1")
            expect(page.locator("#last")).to_contain_text(shown)
            visit.settle()
            expect(page.locator("#progress ~ dl dd").first).to_have_text(str(place + 1))
        visit.assert_sound()

        page.get_by_role("navigation", name=MODEL).get_by_role("link", name="Costs").click()
        visit.settle()
        with page.expect_download() as taken:
            page.get_by_role("link", name="Ledger as CSV").click()
        taken.value.save_as(tmp_path / "ledger.csv")
        heads, *entries = (tmp_path / "ledger.csv").read_text("utf-8-sig").splitlines()
        assert "amount" in heads.lower()
        assert len(entries) >= LABELS
        visit.assert_sound()


def confirm(page: Page, summary: str, button: str, reason: str) -> None:
    """Unfold a deed, give a reason, and do it."""
    box = page.locator("details.confirm", has=page.get_by_text(summary, exact=True))
    box.locator("summary").click()
    box.get_by_label("Reason").fill(reason)
    box.get_by_role("button", name=button).click()
