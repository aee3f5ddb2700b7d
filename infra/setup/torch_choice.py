"""Decides where torch comes from, so that nobody downloads gigabytes of CUDA by surprise.

It reads pip's installation report and runs nothing itself. Standard library only: it runs before anything is
installed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_CUDA = ("nvidia-", "cuda-", "pytorch-triton", "triton")


@dataclass(frozen=True)
class TorchSource:
    """How to install torch: the installer's arguments after `install`, and why."""

    installer: str
    """`pip` or `uv`."""
    arguments: tuple[str, ...]
    reason: str


def decide_torch(requirement: str, *, wanted: str, platform: str, report: Mapping[str, Any]) -> TorchSource:
    """Where `requirement` (such as `torch==2.13.0`) is to come from.

    Args:
        requirement: the pinned requirement.
        wanted: `cpu`; `cuda`, which follows the driver; or a backend that uv names, such as `cu128`.
        platform: `sys.platform`; only Linux wheels bring CUDA along.
        report: what `pip install --dry-run --no-deps --report -` says of the requirement; unread unless `cpu`.

    Raises:
        ValueError: the report does not say what would be installed.
    """
    if wanted != "cpu":
        backend = "auto" if wanted == "cuda" else wanted
        return TorchSource("uv", (f"--torch-backend={backend}", requirement), f"TORCH={wanted} was asked for")
    offered = [entry["metadata"] for entry in report.get("install", []) if entry["metadata"]["name"] == "torch"]
    if not offered:
        raise ValueError(f"pip's report names no torch for {requirement}: upgrade pip")
    heavy = [need for need in offered[0].get("requires_dist", []) if need.lower().startswith(_CUDA)]
    version = offered[0]["version"]
    if platform == "linux" and (heavy or "+cu" in version):
        what = f"{len(heavy)} CUDA packages" if heavy else "CUDA"
        return TorchSource("uv", ("--torch-backend=cpu", requirement), f"the index's torch {version} brings {what}")
    return TorchSource("pip", ("--no-deps", f"torch=={version}"), f"the index's torch {version} brings no CUDA")
