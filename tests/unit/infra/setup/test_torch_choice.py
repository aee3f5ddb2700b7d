from typing import Any

import pytest

from infra.setup.torch_choice import decide_torch

PIN = "torch==2.13.0"


def _report(version: str, *needs: str) -> dict[str, Any]:
    """Shaped as pip writes it (installation report, version 1)."""
    return {
        "version": "1",
        "install": [{"metadata": {"name": "torch", "version": version, "requires_dist": list(needs)}}],
    }


PLAIN = _report("2.13.0+cpu", "filelock", "sympy>=1.13.3", 'optree>=0.13.0; extra == "optree"')
HEAVY = _report(
    "2.13.0",
    "filelock",
    'nvidia-cublas-cu12==12.8.4.1; platform_system == "Linux" and platform_machine == "x86_64"',
    'cuda-bindings==13.0.3; platform_system == "Linux"',
    'triton==3.5.0; platform_system == "Linux"',
)


@pytest.mark.parametrize(
    ("why", "report", "platform", "installer", "argument"),
    [
        ("a CPU build is offered: pip takes exactly it", PLAIN, "linux", "pip", "torch==2.13.0+cpu"),
        ("CUDA would come along: uv knows the CPU index", HEAVY, "linux", "uv", "--torch-backend=cpu"),
        ("the version itself names CUDA", _report("2.13.0+cu128"), "linux", "uv", "--torch-backend=cpu"),
        ("macOS wheels hold no CUDA whatever they declare", HEAVY, "darwin", "pip", "torch==2.13.0"),
        (
            "a report without requirements",
            {"install": [{"metadata": {"name": "torch", "version": "2.13.0"}}]},
            "linux",
            "pip",
            "torch==2.13.0",
        ),
    ],
)
def test_never_downloads_cuda_unasked(
    why: str, report: dict[str, Any], platform: str, installer: str, argument: str
) -> None:
    source = decide_torch(PIN, wanted="cpu", platform=platform, report=report)
    assert (source.installer, argument in source.arguments) == (installer, True), why
    assert ("--no-deps" in source.arguments) == (installer == "pip"), "its needs are locked already"


@pytest.mark.parametrize(("wanted", "backend"), [("cuda", "auto"), ("cu128", "cu128")])
def test_gpu_is_the_users_choice(wanted: str, backend: str) -> None:
    source = decide_torch(PIN, wanted=wanted, platform="linux", report={})
    assert source.installer == "uv"
    assert source.arguments == (f"--torch-backend={backend}", PIN)


def test_says_how_much_cuda_it_avoided() -> None:
    assert "3 CUDA packages" in decide_torch(PIN, wanted="cpu", platform="linux", report=HEAVY).reason


def test_report_without_torch_is_refused() -> None:
    with pytest.raises(ValueError, match="names no torch"):
        decide_torch(PIN, wanted="cpu", platform="linux", report={"install": []})
