"""The pages as a browser gets them, on doubles: what they say, what they refuse, and that nothing foreign runs."""

from __future__ import annotations

import gzip
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import pytest

from infra.memory import memory_ports
from infra.ports import Ports
from tests.contracts import building as make
from tests.unit.services.dashboard.building import HOSTILE, REPORT, Browser, browsing, register


class Page(HTMLParser):
    """What a test asks of a page: its tags, ids, links, and words."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())

    @property
    def ids(self) -> list[str]:
        return [attrs["id"] or "" for _, attrs in self.tags if "id" in attrs]

    @property
    def links(self) -> set[str]:
        return {value for _, attrs in self.tags for name, value in attrs.items() if name in ("href", "src") and value}


def page(client: Browser, path: str) -> Page:
    answer = client.get(path)
    assert answer.status_code == 200, answer.text
    return Page(answer.text)


def test_a_model_is_one_line_with_what_a_person_needs(client: Browser) -> None:
    text = page(client, "/").text
    said = ("grid", "degraded", "84.0%", "74.0–100.0%", "6.0 points below 90.0%", "80%", "1 open")
    for words in (*said, "critical", "version 3 rejected", "1.00 EUR 20% of 5.00 EUR"):
        assert words in text


def test_models_that_need_a_person_come_first(client: Browser, ports: Ports) -> None:
    register(ports, "aaa")
    ports.windows.save(make.window(0, model="aaa", performance=make.performance()))
    register(ports, "bbb")
    names = re.findall(r'<a href="/models/(\w+)">', client.get("/").text)
    assert names == ["grid", "bbb", "aaa"]


def test_an_empty_installation_says_how_to_begin(tmp_path: Path) -> None:
    with browsing(memory_ports(tmp_path)) as client:
        text = page(client, "/").text
    assert "Nothing to look after yet" in text
    for command in ("keepsharp init", "keepsharp check", "keepsharp train", "keepsharp demo"):
        assert command in text


def test_a_model_page_tells_its_story(client: Browser) -> None:
    text = page(client, "/models/grid").text
    for words in (
        "Accuracy over time",
        "Version 3 rejected",
        "Version 1 rolled back",
        "0.90 is above the floor.",
        "1.00 EUR",
        "labels not due yet",
        "grid-desk",
    ):
        assert words in text


def test_every_mark_has_a_title_and_leads_to_its_record(client: Browser) -> None:
    found = page(client, "/models/grid")
    marks = [attrs for tag, attrs in found.tags if tag == "a" and "mark" in (attrs.get("class") or "")]
    kinds = {(attrs["class"] or "").split()[1] for attrs in marks}
    assert kinds == {"promotion", "rejection", "rollback", "retraining", "alert"}
    assert all(attrs["aria-label"] for attrs in marks)
    for attrs in marks:
        link = attrs["href"] or ""
        assert link[1:] in found.ids if link.startswith("#") else client.get(link).status_code == 200, link


def test_a_model_nobody_has_asked_yet_has_a_page(client: Browser, ports: Ports) -> None:
    register(ports, "quiet")
    text = page(client, "/models/quiet").text
    assert "No window of traffic is full yet" in text
    assert "no champion yet" in text


def test_an_alert_that_is_kept_up_says_when_its_rule_was_last_broken(client: Browser, ports: Ports) -> None:
    (standing, *_) = ports.alerts.unresolved("grid")
    assert ", latest" not in page(client, "/models/grid").text
    later = {**standing.evidence, "broken_at": "2030-01-02T03:04:00+00:00", "since price": "2030-01-02T03:04:00+00:00"}
    ports.alerts.save(replace(standing, evidence=later))
    text = page(client, "/models/grid").text
    assert re.search(r"opened .*, latest 2 Jan 2030, 03:04 UTC", text)
    assert "since price" in text


def test_a_regression_is_measured_by_its_error(client: Browser, ports: Ports) -> None:
    register(ports, "load", "model: load\ntask: regression\ndata: {source: a.csv, target: y}\n")
    figures = replace(make.performance(), metric="mae", value=12.3456, low=11.0, high=13.5)
    ports.windows.save(make.window(0, model="load", performance=figures))
    assert "12.35 MAE 11–13.5" in page(client, "/").text
    assert "Mean absolute error over time" in page(client, "/models/load").text


def test_a_model_file_that_is_not_accepted_any_more_is_still_shown(client: Browser, ports: Ports) -> None:
    register(ports, "old", "model: old\nwhatever: 1\n")
    assert "old" in page(client, "/").text
    assert page(client, "/models/old").ids


@pytest.mark.parametrize("path", ["/", "/models/grid"])
def test_hostile_text_stays_text(client: Browser, ports: Ports, path: str) -> None:
    ports.windows.save(make.window(5, note=HOSTILE))
    ports.runs.save(make.run(HOSTILE, at=make.after(9), state="succeeded", version=9))
    register(ports, HOSTILE)
    ports.decisions.add(make.decision(9, id=HOSTILE, at=make.after(9), actor=HOSTILE, run_id=HOSTILE))
    html = client.get(path).text
    assert "<script>" not in html
    assert "49" not in Page(html).text.split()
    assert HOSTILE in "".join(Page(html).words)


def test_pages_need_nothing_inline_and_nothing_foreign(client: Browser) -> None:
    for path in ("/", "/models/grid", "/models/nobody"):
        answer = client.get(path)
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'none'; script-src 'self'; style-src 'self'" in policy
        assert "unsafe" not in policy
        assert answer.headers["Referrer-Policy"] == "same-origin"  # else a browser sends our forms with origin `null`
        for tag, attrs in Page(answer.text).tags:
            assert tag != "style"
            assert tag != "script" or (attrs.get("src") or "").startswith("/static/")
            assert not any(name == "style" or name.startswith("on") for name in attrs)
            assert all("//" not in (attrs.get(name) or "") for name in ("href", "src"))


def test_every_link_resolves(client: Browser) -> None:
    waiting, seen = ["/"], set()
    while waiting:
        path = waiting.pop()
        if path in seen:
            continue
        seen.add(path)
        answer = client.get(path)
        assert answer.status_code == 200, path
        if not answer.headers["Content-Type"].startswith("text/html") or path.endswith("/report"):
            continue
        found = Page(answer.text)
        assert len(found.ids) == len(set(found.ids))
        for link in found.links:
            target = urlsplit(urljoin(path, link))
            if target.path == path:
                assert not target.fragment or target.fragment in found.ids, link
            waiting.append(target.path + (f"?{target.query}" if target.query else ""))
    assert {"/models/grid", "/models/grid/windows/0/report", "/v1/models"} <= seen


@pytest.mark.parametrize("encoding", ["gzip", "identity"])
def test_evidentlys_page_runs_in_a_sandbox_of_its_own(client: Browser, encoding: str) -> None:
    answer = client.get("/models/grid/windows/2/report", accept_encoding=encoding)
    assert answer.content == REPORT
    policy = answer.headers["Content-Security-Policy"]
    assert policy.startswith("sandbox allow-scripts")
    assert "allow-same-origin" not in policy
    assert "default-src 'none'" in policy


@pytest.mark.parametrize("kept", ["../secret.html.gz", "windows/../../secret.html.gz", "{absolute}", "link.html.gz"])
def test_a_report_never_leads_out_of_the_artifacts(client: Browser, ports: Ports, tmp_path: Path, kept: str) -> None:
    secret = tmp_path / "secret.html.gz"
    secret.write_bytes(gzip.compress(b"secret"))
    (ports.artifacts / "link.html.gz").symlink_to(secret)
    ports.windows.save(make.window(5, report=kept.format(absolute=secret)))
    answer = client.get("/models/grid/windows/5/report")
    assert answer.status_code == 404
    assert "secret" not in answer.text


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/models/nobody", "nobody"),
        ("/models/grid/windows/99/report", "no window 99"),
        ("/models/grid/windows/-1/report", "no window -1"),
        ("/models/grid/windows/4/report", "not kept"),
        ("/models/nobody/windows/0/report", "nobody"),
        ("/static/0/pages.py", "pages.py"),
        ("/static/0/..%2Fpages.py", "pages.py"),
        ("/static/0/vendor/README.md", "README.md"),
    ],
)
def test_what_is_not_there_is_said(client: Browser, path: str, words: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 404
    assert words in Page(answer.text).text


def test_pages_are_no_part_of_the_api_description(client: Browser) -> None:
    described = client.get("/openapi.json").json()["paths"]
    assert "/v1/models/{model}" in described
    assert not {"/", "/models/{model}", "/static/{digest}/{name}", "/login"} & set(described)


def test_a_worker_of_ours_may_listen_to_our_events_and_reach_nothing_else(client: Browser) -> None:
    (script,) = {link for link in Page(client.get("/").text).links if link.endswith("page.js")}
    answer = client.get(script.replace("page.js", "events.js"))
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'; connect-src 'self';")
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert answer.headers["Content-Encoding"] == "gzip"
