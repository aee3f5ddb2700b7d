"""A line that is played once a session, served over HTTP, and a browser for each module of tests."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.e2e.browser import chromium_path, open_browser
from tests.e2e.line_home import LivedIn, play_line
from tests.e2e.serving import serving

NO_BROWSER = (
    "NO BROWSER: none of the dashboard's browser tests ran. Install Chromium (Debian: apt-get install chromium) "
    "and run them again: pytest tests/e2e"
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """All of them run in one worker, since the line is played once for each; without a browser they say so."""
    for item in items:
        if item.path.parent == Path(__file__).parent:
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.xdist_group("browser"))
            if chromium_path() is None:
                item.add_marker(pytest.mark.skip(reason=NO_BROWSER))


@pytest.fixture(scope="session")
def line(tmp_path_factory: pytest.TempPathFactory) -> LivedIn:
    """The home with the line's first days; tests work on copies.."""
    return play_line(tmp_path_factory.mktemp("line"))


@pytest.fixture(scope="module")
def base(line: LivedIn, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a service on a copy of the line's home; tests of one module share it, and may act."""
    home = tmp_path_factory.mktemp("served") / "home"
    shutil.copytree(line.settings.home, home)
    with serving(home) as address:
        yield address


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """One browser; `visiting` opens tabs."""
    with open_browser() as browser:
        yield browser
