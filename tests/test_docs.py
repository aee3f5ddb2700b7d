"""The documentation is true: it is built without a warning, needs no internet, and shows what exists.

Model files in it are read, commands and their options exist, Python of the guides runs, links lead somewhere.
That the reference says what the code says is tested beside the README.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from infra.spec import parse_spec
from infra.spec.budgets import Budgets
from tests.page_checks import SHELLS, UNCHECKED, broken_links, check_form
from tests.readme_blocks import Block, blocks, commands

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
PAGES = [
    *sorted(path for path in DOCS.rglob("*.md") if "examples" not in path.parts),
    *sorted(ROOT.glob("*.md")),
    *sorted(ROOT.glob("examples/**/*.md")),
]
FRAGMENTS = {"docs/dashboard.md"}
"""Pages whose Python is parts of modules, to be read and not to be run."""


def named(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


def every_block(*languages: str) -> Iterator[tuple[Path, Block]]:
    for page in PAGES:
        for block in blocks(page.read_text(encoding="utf-8")):
            if block.language in languages:
                yield page, block


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_every_link_leads_somewhere(page: Path) -> None:
    assert broken_links(page) == []


def test_a_broken_link_is_noticed(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("# One thing\n[a](page.md) [b](#one-thing) [c](absent.md) [d](page.md#other)\n```\n[e](no)\n```\n")
    assert broken_links(page) == ["absent.md", "page.md#other"]


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_every_block_is_of_a_language_that_is_checked(page: Path) -> None:
    known = {"yaml", "json", "python", "jinja", *SHELLS, *UNCHECKED}
    found = blocks(page.read_text(encoding="utf-8"))
    assert {block.language: block.line for block in found if block.language not in known} == {}


def test_model_files_are_accepted() -> None:
    for page, block in every_block("yaml"):
        content = yaml.safe_load(block.text)
        if isinstance(content, dict) and "model" in content:
            parse_spec(block.text, f"{named(page)}, line {block.line}")
        elif isinstance(content, dict) and "cost_centers" in content:
            Budgets.model_validate(content)


def test_json_is_json() -> None:
    for _, block in every_block("json"):
        json.loads(block.text)


def test_commands_exist_with_their_options() -> None:
    for page, block in every_block(*SHELLS):
        for command in commands(block):
            try:
                check_form(command)
            except AssertionError as error:
                raise AssertionError(f"{named(page)}, line {block.line}: {error}") from error


def test_python_runs(tmp_path: Path) -> None:
    run = []
    for page, block in every_block("python"):
        compile(block.text, f"{named(page)}:{block.line}", "exec")
        if named(page) not in FRAGMENTS and page != ROOT / "README.md":  # tests/test_readme.py runs the README's
            run.append(f"exec(compile({block.text!r}, {f'{named(page)}:{block.line}'!r}, 'exec'), {{}})")
    assert run
    done = subprocess.run(
        [sys.executable, "-c", "\n".join(run)], capture_output=True, text=True, check=False, cwd=tmp_path, timeout=120
    )
    assert done.returncode == 0, done.stderr


def test_the_site_is_built_without_a_warning_and_fetches_nothing(tmp_path: Path) -> None:
    pytest.importorskip("mkdocs")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT, timeout=180)
    assert done.returncode == 0, done.stdout + done.stderr
    fetched = re.compile(r"""<(?:script|link|img|iframe)[^>]+(?:src|href)=["']?(https?:|//)""")
    for page in tmp_path.rglob("*.html"):
        assert not fetched.search(page.read_text(encoding="utf-8")), f"{page.name} fetches from elsewhere"
    assert "keepsharp" in (tmp_path / "search" / "search_index.js").read_text(encoding="utf-8")
