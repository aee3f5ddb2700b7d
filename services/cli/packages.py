"""The installed packages against the lock, and the combinations that resolve but do not work."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement
from packaging.version import Version

from services.cli.finding import Finding

LOCK = Path(__file__).parents[2] / "infra" / "requirements" / "runtime.txt"


@dataclass(frozen=True, kw_only=True, slots=True)
class BadPair:
    """`package` from version `broken_from` on does not work with `partner`, though pip is content with both."""

    package: str
    broken_from: str
    partner: str
    symptom: str


BAD_PAIRS = (
    BadPair(package="pandas", broken_from="3.1", partner="evidently", symptom="drift is never judged: it cannot start"),
    BadPair(package="fastapi", broken_from="0.155", partner="prefect", symptom="every flow and Prefect's server die"),
    BadPair(package="sqlalchemy", broken_from="2.1", partner="prefect", symptom="schedules silently never fire"),
)
"""Watched by tests/integration/test_pins.py, where each is run for real."""


def installed_packages() -> dict[str, str]:
    """Versions by normalised name."""
    return {_normal(found.metadata["Name"]): found.version for found in metadata.distributions()}


def check_lock(lock: str, installed: Mapping[str, str]) -> Finding:
    """Every pinned package is there in its pinned version; one that is missing fails, another version warns."""
    missing, other, count = [], [], 0
    for line in lock.splitlines():
        if not line or line[0] in " #":
            continue
        pinned = Requirement(line.rstrip(" \\"))
        if pinned.marker is not None and not pinned.marker.evaluate():
            continue
        count += 1
        found = installed.get(_normal(pinned.name))
        if found is None:
            missing.append(pinned.name)
        elif found not in pinned.specifier:
            other.append(f"{pinned.name} {found} ({pinned.specifier})")
    if missing or other:
        said = [f"missing: {', '.join(missing)}"] * bool(missing) + [f"not as locked: {', '.join(other)}"] * bool(other)
        text = "; ".join(said)
        return Finding(name="packages", word="fail" if missing else "warn", text=text, advice="run `make setup`")
    return Finding(name="packages", word="ok", text=f"all {count} pinned packages are as locked")


def check_pairs(installed: Mapping[str, str]) -> list[Finding]:
    """One finding for each known bad combination."""
    return [_check_pair(pair, installed) for pair in BAD_PAIRS]


def _check_pair(pair: BadPair, installed: Mapping[str, str]) -> Finding:
    name = f"{pair.package} with {pair.partner}"
    found, partner = installed.get(pair.package), installed.get(pair.partner)
    if found is None or partner is None:
        absent = pair.package if found is None else pair.partner
        return Finding(name=name, word="fail", text=f"{absent} is not installed", advice="run `make setup`")
    both = f"{found} with {partner}"
    if Version(found) >= Version(pair.broken_from):
        text = f"{both}: from {pair.package} {pair.broken_from} on, {pair.symptom}"
        return Finding(name=name, word="fail", text=text, advice="run `make setup`, which installs the pinned version")
    return Finding(name=name, word="ok", text=both)


def check_torch(installed: Mapping[str, str], *, gpu: bool) -> Finding:
    """Which build of torch this is, and whether it fits the machine; `gpu` says that an NVIDIA card is there."""
    found = installed.get("torch")
    if found is None:
        return Finding(name="torch", word="fail", text="torch is not installed", advice="run `make setup`")
    cuda = any(name.startswith(("nvidia-c", "cuda-")) for name in installed) or "+cu" in found
    if gpu and not cuda:
        text, advice = f"{found}, the CPU build, beside an NVIDIA card", "`make setup TORCH=cuda` trains on the card"
        return Finding(name="torch", word="warn", text=text, advice=advice)
    where = "trains on the card" if cuda and gpu else "trains on the CPU"
    return Finding(name="torch", word="ok", text=f"{found}, the {'CUDA' if cuda else 'CPU'} build; {where}")


def _normal(name: str) -> str:
    return name.lower().replace("_", "-").replace(".", "-")
