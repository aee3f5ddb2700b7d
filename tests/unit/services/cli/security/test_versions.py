"""The floors of versions, held against what the lock files pin and what is installed."""

from __future__ import annotations

from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from services.cli.packages import installed_packages
from services.cli.security.versions import FLOORS, below, check_floors, read_floors

REQUIREMENTS = FLOORS.parent
FLOOR_TEXT = FLOORS.read_text(encoding="utf-8")
ASKED = {"mlflow": "3.17", "prefect": "3.6.25", "starlette": "1.3.1", "torch": "2.10", "orjson": "3.11.6"}


def pinned(name: str) -> dict[str, str]:
    """Versions by package in a file of requirements."""
    lines = (REQUIREMENTS / name).read_text(encoding="utf-8").splitlines()
    given = [Requirement(line.split(" \\")[0]) for line in lines if line and line[0] not in " #-"]
    return {canonicalize_name(one.name): str(one.specifier).removeprefix("==") for one in given}


@pytest.mark.parametrize("lock", ["runtime.txt", "develop.txt", "torch.txt", "tools.txt"])
def test_no_lock_file_pins_a_version_with_a_known_hole(lock: str) -> None:
    assert below(read_floors(FLOOR_TEXT), pinned(lock)) == []


def test_nothing_installed_has_a_known_hole() -> None:
    assert check_floors(installed_packages(), FLOOR_TEXT).word == "ok"


def test_every_floor_is_of_a_package_that_is_used_and_says_why() -> None:
    used = {**pinned("runtime.txt"), **pinned("torch.txt")}
    for floor, why in read_floors(FLOOR_TEXT):
        assert canonicalize_name(floor.name) in used, f"{floor.name} is not used any more: strike it"
        assert why, floor


def test_floors_that_were_asked_for_are_there() -> None:
    floors = {floor.name: floor for floor, _ in read_floors(FLOOR_TEXT)}
    for name, version in ASKED.items():
        assert floors[name].specifier.contains(version)
        assert next(iter(floors[name].specifier)).operator == ">="


def test_an_old_version_fails_and_says_which_and_why() -> None:
    found = check_floors({"jinja2": "3.1.5", "orjson": "3.13.0"}, FLOOR_TEXT)
    assert found.word == "fail"
    assert "jinja2 3.1.5 (>=3.1.6: CVE-2025-27516" in found.text
    assert "orjson" not in found.text


@pytest.mark.parametrize("lock", ["runtime.txt", "develop.txt"])
def test_every_package_in_a_lock_file_has_its_hashes(lock: str) -> None:
    text = (REQUIREMENTS / lock).read_text(encoding="utf-8")
    for block in text.split("\n    # via")[:-1]:
        assert "--hash=sha256:" in block
    assert text.count("==") <= text.count("\n    --hash=sha256:")


def test_what_is_installed_for_use_comes_from_a_lock_file_with_hashes() -> None:
    root = Path(REQUIREMENTS).parents[1]
    assert "--require-hashes -r infra/requirements/runtime.txt" in (root / "infra/docker/Dockerfile").read_text()
    assert '"--require-hashes", "-r"' in (root / "infra/setup/environment.py").read_text()
