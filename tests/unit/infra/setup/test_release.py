"""A release holds all that the code reads beside its modules."""

from __future__ import annotations

import tomllib
from fnmatch import fnmatch
from pathlib import Path

ROOT = Path(__file__).parents[4]
NOT_SHIPPED = {"infra/docker", "services/dashboard/static/vendor/README.md"}
"""What builds images, and what developers read."""


def test_every_file_that_is_no_module_is_named_as_package_data() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    patterns = project["tool"]["setuptools"]["package-data"]["*"]
    missing = []
    for package in ("infra", "monitoring", "flows", "services"):
        for path in (ROOT / package).rglob("*"):
            name = path.relative_to(ROOT).as_posix()
            is_kept = path.is_file() and path.suffix not in {".py", ".pyc"} and "__pycache__" not in path.parts
            if is_kept and not any(name.startswith(prefix) for prefix in NOT_SHIPPED):
                missing += [name] * (not any(fnmatch(path.name, pattern) for pattern in patterns))
    assert missing == []
