"""The peers that keepsharp does not bring along: each gets a virtual environment of its own, on request.

torch, numpy and safetensors are taken from the environment that runs the benchmark, so that all run the same build;
the peers of monitoring need none of them and keep to themselves.
"""

from __future__ import annotations

import subprocess
import venv
from pathlib import Path

import torch

from infra.domain.errors import Unavailable

REQUIREMENTS = {
    "bentoml": "bentoml==1.4.39",
    "litserve": "litserve==0.2.19",
    "mlserver": "mlserver==1.7.1",
    "ray": "ray[serve]==2.60.0",
    "nannyml": "nannyml==0.13.1 statsmodels==0.15.0 pandas==2.3.3 numpy==2.2.6 scikit-learn==1.7.2",
    "river": "river==0.26.1",
    "skorch": "skorch==1.4.0 tabulate==0.9.0 --no-deps",
    "lightning": "pytorch-lightning==2.6.6 torchmetrics==1.9.0 lightning-utilities==0.15.3 --no-deps",
}
"""What pip installs, by the name of the peer. NannyML asks for no statsmodels and imports it. What skorch and Lightning
need they find here, so that they run the same torch."""
ALONE = ("nannyml", "river")
_SECONDS = 900
_LAST_WORDS = 400


def install(peer: str, folder: Path) -> None:
    """Make the peer's environment under `folder`, or bring it up to date.

    Raises:
        Unavailable: pip could not, with the end of what it said.
    """
    home = folder / peer
    venv.create(home, with_pip=True, clear=True)
    command = [str(home / "bin" / "python"), "-m", "pip", "install", "--disable-pip-version-check", "--quiet"]
    try:
        done = subprocess.run(
            [*command, *REQUIREMENTS[peer].split()], capture_output=True, text=True, timeout=_SECONDS, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise Unavailable(f"pip did not install {REQUIREMENTS[peer]} within {_SECONDS} s: try again later") from error
    if done.returncode != 0:
        raise Unavailable(f"pip could not install {REQUIREMENTS[peer]}: {done.stderr.strip()[-_LAST_WORDS:]}")
    if peer in ALONE:
        return
    ours = Path(torch.__file__).parent.parent
    site = next((home / "lib").glob("python*/site-packages"))
    (site / "torch_of_the_benchmark.pth").write_text(f"{ours}\n", encoding="utf-8")  # searched after the peer's own


def python_of(peer: str, folder: Path) -> Path:
    """The interpreter of an installed peer. Raises Unavailable when it is not installed."""
    python = folder / peer / "bin" / "python"
    if not python.exists():
        raise Unavailable("not installed: add --install-peers")
    return python
