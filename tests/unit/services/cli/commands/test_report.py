from __future__ import annotations

import re
from collections.abc import Callable
from html.parser import HTMLParser

from infra.domain.alerts import Alert
from tests.unit.services.cli.commands.conftest import Place

NASTY = '<script>alert("x")</script> & "quotes"'


def test_a_person_reads_what_serves_how_right_it_was_and_what_it_cost(place: Place) -> None:
    place.label(place.serve(300, wrong_from=100))
    place.json("monitor", "press", "--now", "2024-03-01T00:00:00Z")
    code, out, _ = place.run("report", "press")
    assert code == 0
    for words in (
        "press: classification of `label`, owned by line-desk, paid by press-shop",
        "serves     version 1 since 2024-01-17",
        "health     degraded.",
        "300 predictions; labels: 300 joined",
        "window 0: 100 rows",
        "critical  open",
        "promote version 1, by keepsharp",
        "✓ No champion was compared with it.",
        "train ",
        "in 2024-03, no budget",
    ):
        assert words in out


def test_machines_get_the_same(place: Place) -> None:
    found = place.json("report", "press")
    assert found["champion"]["version"] == 1
    assert found["costs"]["total"]["EUR"] > 0
    assert found["windows"] == []
    assert found["decisions"][0]["reasons"][0]["passed"] is True


class Page(HTMLParser):
    """Notes the tags, and what the page would load from elsewhere."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.loads: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.loads += [name for name, _ in attrs if name in ("src", "href")]


def test_the_page_stands_alone_and_escapes_everything(place: Place, an_alert: Callable[..., Alert]) -> None:
    place.label(place.serve(300, wrong_from=100))
    place.json("monitor", "press", "--now", "2024-03-01T00:00:00Z")
    place.ports.alerts.save(an_alert("nasty", message=NASTY, note=NASTY))
    path = place.folder / "pages" / "press.html"
    code, out, _ = place.run("report", "press", "--html", path)
    assert (code, out) == (0, f"wrote {path}\n")
    text = path.read_text(encoding="utf-8")
    page = Page()
    page.feed(text)
    assert "script" not in page.tags
    assert page.loads == []
    assert text.count("&lt;script&gt;") == 3, "in the health's sentence, the alert and its note"
    assert "polyline" in page.tags
    points = re.search(r'<polyline points="([^"]+)"', text)
    assert points is not None
    heights = [float(point.split(",")[1]) for point in points[1].split()]
    assert heights[0] < heights[-1], "from right to wrong, downwards"


def test_a_place_that_cannot_be_written_is_said(place: Place) -> None:
    code, _, err = place.run("report", "press", "--html", place.model_file / "page.html")
    assert code == 1
    assert "choose another place" in err


def test_an_unknown_model_is_said(place: Place) -> None:
    assert place.run("report", "lathe")[0] == 1
