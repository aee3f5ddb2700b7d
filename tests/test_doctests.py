"""The examples in docstrings give the figures that they show."""

from __future__ import annotations

import doctest
from importlib import import_module
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("infra", "monitoring", "flows", "services")
MODULES = [
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
    for package in PACKAGES
    for path in sorted((ROOT / package).rglob("*.py"))
    if ">>> " in path.read_text(encoding="utf-8")
]


@pytest.mark.parametrize("module", MODULES)
def test_what_a_docstring_shows_is_what_happens(module: str) -> None:
    result = doctest.testmod(import_module(module), optionflags=doctest.REPORT_ONLY_FIRST_FAILURE)
    assert result.attempted
    assert not result.failed
