"""Whether a package is older than the first version without a known hole. The list is infra/requirements/floors.txt."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from services.cli.finding import Finding

FLOORS = Path(__file__).parents[3] / "infra" / "requirements" / "floors.txt"


def read_floors(text: str) -> list[tuple[Requirement, str]]:
    """(requirement, why) for each line.

    >>> read_floors("# a note\\njinja2>=3.1.6   # out of the sandbox")
    [(<Requirement('jinja2>=3.1.6')>, 'out of the sandbox')]
    """
    lines = (line.partition("#") for line in text.splitlines())
    return [(Requirement(given.strip()), why.strip()) for given, _, why in lines if given.strip()]


def below(floors: Sequence[tuple[Requirement, str]], versions: Mapping[str, str]) -> list[str]:
    """What is older than its floor, in words; a package that is not there has no hole."""
    return [
        f"{floor.name} {found} ({floor.specifier}: {why})"
        for floor, why in floors
        if (found := versions.get(canonicalize_name(floor.name))) is not None
        and not floor.specifier.contains(found, prereleases=True)
    ]


def check_floors(versions: Mapping[str, str], text: str) -> Finding:
    """One finding for all packages."""
    floors = read_floors(text)
    found = below(floors, versions)
    if found:
        return Finding(name="versions", word="fail", text="; ".join(found), advice="run `make setup`, or pip install")
    return Finding(name="versions", word="ok", text=f"none of {len(floors)} packages is older than its known holes")
