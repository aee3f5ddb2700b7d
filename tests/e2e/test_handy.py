"""What scripts add to every page: sorting, filtering and taking away, live updates, and a session from begin to end."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Browser, Page, expect

from benchmarks.pages.life import write_life
from infra.ports import Ports
from infra.settings import Settings
from infra.wiring import build_ports
from services.inference.api_keys import mint_key
from tests.e2e.browser import NARROW, Visit, visiting
from tests.e2e.serving import serving

NAMES = ("alpha", "beta", "gamma")


@dataclass(frozen=True, kw_only=True)
class Few:
    """A service with three models, of which beta has fallen, and the secret of a key that may read."""

    base: str
    secret: str
    ports: Ports


@pytest.fixture(scope="module")
def few(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Few]:
    home = tmp_path_factory.mktemp("few") / "home"
    ports = build_ports(Settings(home=home))
    for place, name in enumerate(NAMES):
        rng = np.random.default_rng(place)
        write_life(ports, name, windows=9 + place, features=3, rng=rng, ages=name == "beta")
    minted = mint_key("ana", ("read",), at=datetime.now(UTC))
    ports.keys.add(minted.key)
    with serving(home, KEEPSHARP_ACCESS="keys") as base:
        yield Few(base=base, secret=minted.secret, ports=ports)


def sign_in(visit: Visit, few: Few, path: str = "/") -> Page:
    page = visit.goto(path)
    page.get_by_label("API key").fill(few.secret)
    page.get_by_role("button", name="Sign in").click()
    visit.settle()
    return page


def names(page: Page) -> list[str]:
    return page.locator("#fleet-lines tbody tr:visible th a").all_inner_texts()


def test_a_person_signs_in_where_they_were_going_and_out_again(few: Few, chromium: Browser) -> None:
    with visiting(chromium, few.base) as visit:
        page = visit.goto("/models/beta")
        visit.assert_sound()
        page.get_by_label("API key").fill("ks_nonsense")
        page.get_by_role("button", name="Sign in").click()
        expect(page.get_by_label("API key")).to_have_attribute("aria-invalid", "true")
        visit.complaints.clear()  # the browser's own word on the 401
        page.get_by_label("API key").fill(few.secret)
        page.get_by_role("button", name="Sign in").click()
        visit.settle()
        assert page.url == f"{few.base}/models/beta"
        expect(page.locator(".who")).to_contain_text("ana")
        page.get_by_role("button", name="Sign out").click()
        visit.settle()
        visit.goto("/")
        expect(page.get_by_label("API key")).to_be_visible()
        assert visit.complaints == []


def test_a_table_is_sorted_filtered_and_taken_away(few: Few, chromium: Browser, tmp_path: Path) -> None:
    with visiting(chromium, few.base) as visit:
        page = sign_in(visit, few)
        assert names(page) == ["beta", "alpha", "gamma"]
        heading = page.get_by_role("columnheader", name="Model")
        for order in (["alpha", "beta", "gamma"], ["gamma", "beta", "alpha"]):
            heading.get_by_role("button").click()
            assert names(page) == order
        expect(heading).to_have_attribute("aria-sort", "descending")
        page.get_by_label("Filter models").fill("ok")
        assert names(page) == ["gamma", "alpha"]
        expect(page.locator("[data-count]")).to_have_text("2 of 3")
        with page.expect_download() as taken:
            page.get_by_role("button", name="CSV").click()
        taken.value.save_as(tmp_path / "fleet.csv")
        heads, *lines = (tmp_path / "fleet.csv").read_text("utf-8-sig").splitlines()
        assert heads.startswith('Model,Health,"Now, against accepted",')
        assert [line.split(",")[0] for line in lines] == ["gamma", "alpha"]
        visit.assert_sound()


def test_a_table_as_it_was_left_is_sent_by_its_address(few: Few, chromium: Browser) -> None:
    with visiting(chromium, few.base) as visit:
        page = sign_in(visit, few)
        for _ in range(2):
            page.get_by_role("columnheader", name="Model").get_by_role("button").click()
        page.get_by_label("Filter models").fill("ok")
        sent = "/?sort.fleet=-Model&filter.fleet=ok"
        expect(page).to_have_url(few.base + sent)
        visit.goto(sent)
        assert names(page) == ["gamma", "alpha"]
        expect(page.get_by_label("Filter models")).to_have_value("ok")
        expect(page.get_by_role("columnheader", name="Model")).to_have_attribute("aria-sort", "descending")
        assert visit.complaints == []


def test_an_open_page_shows_what_happens_and_keeps_what_was_chosen(few: Few, chromium: Browser) -> None:
    with visiting(chromium, few.base) as visit:
        page = sign_in(visit, few)
        page.get_by_role("columnheader", name="Model").get_by_role("button").click()
        page.get_by_label("Filter models").fill("a")
        (alert, *_) = few.ports.alerts.unresolved("beta")
        page.wait_for_timeout(2500)  # until the stream has had its first look
        again = replace(alert, id="again", model="gamma", dedup_key="again", message="The camera looks elsewhere.")
        few.ports.alerts.save(again)
        row = page.locator("#fleet-lines tbody tr", has_text="gamma")
        expect(row).to_contain_text("The camera looks elsewhere.", timeout=15_000)
        expect(page.locator("#fleet-totals")).to_contain_text("2")
        assert names(page) == ["alpha", "beta", "gamma"]
        expect(page.get_by_label("Filter models")).to_have_value("a")
        few.ports.alerts.save(replace(again, state="resolved", resolved_at=again.opened_at))
        assert visit.complaints == []


def test_one_word_of_health_has_an_address_of_its_own(few: Few, chromium: Browser) -> None:
    with visiting(chromium, few.base, width=NARROW) as visit:
        page = sign_in(visit, few, "/?health=degraded")
        assert names(page) == ["beta"]
        page.get_by_role("navigation", name="Models by health").get_by_role("link", name="3 models").click()
        visit.settle()
        assert len(names(page)) == 3
        visit.assert_sound()


def test_a_path_that_leads_nowhere_is_a_page_with_the_way_back(few: Few, chromium: Browser) -> None:
    with visiting(chromium, few.base) as visit:
        page = sign_in(visit, few)
        visit.goto("/nowhere")
        expect(page.get_by_text("There is no page /nowhere.")).to_be_visible()
        visit.complaints.clear()  # the browser's own word on the 404
        visit.assert_sound()
        page.get_by_role("link", name="All models").click()
        visit.settle()
        assert len(names(page)) == 3
