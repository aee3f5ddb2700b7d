"""The whole OpenAPI document against the service that wrote it: Schemathesis sends what it allows and what it forbids.

A second run sends rows that the model can read, so that good answers are held against the document as well: which
features a model has is not in the document. It knows where a service is, and nothing of how it was started.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.chaos.service import ROOT

_CONFIG = Path(__file__).with_name("document.toml")
_LAST_WORDS, _LONGEST_LINE = 8000, 400


def examine(url: str, secret: str, folder: Path, *, examples: int, seed: int) -> list[str]:
    """What Schemathesis found, in its words; nothing when every answer was as the document says.

    Args:
        url: of the service, which has the model `line` and asks for keys.
        secret: of a key that may do everything.
        folder: where Schemathesis keeps what it notes.
        examples: for each operation, at most.
        seed: of what is drawn.
    """
    common = ["--max-examples", str(examples), "--seed", str(seed), "--header", f"Authorization: Bearer {secret}"]
    common += ["--generation-with-security-parameters", "false"]  # ours is the key; `ignored_auth` tries without
    everything = ["--phases", "examples,coverage,fuzzing,stateful"]
    # No NUL anywhere in a body: the document says so where text is kept, and cannot for keys that are left alone.
    readable = [
        "--generation-allow-x00",
        "false",
        "--phases",
        "fuzzing",
        "--mode",
        "positive",
        "--include-path-regex",
        "/(predictions|labels|infer)$",
    ]
    hooks = {"SCHEMATHESIS_HOOKS": "tests.chaos.document_hooks"}
    return [
        *_run(url, [*common, *everything], folder, _CONFIG, {}),
        *_run(url, [*common, *readable], folder, None, hooks),
    ]


def _run(
    url: str, options: Sequence[str], folder: Path, config: Path | None, environment: Mapping[str, str]
) -> list[str]:
    configured = [] if config is None else ["--config-file", str(config)]
    command = [sys.executable, "-m", "schemathesis.cli", *configured, "run", f"{url}/openapi.json"]
    done = subprocess.run(
        [*command, *options, "--no-color", "--continue-on-failure"],
        env={**os.environ, "PYTHONPATH": str(ROOT), "NO_PROXY": "*", **environment},
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    said = done.stdout + done.stderr
    if done.returncode == 0 and "Traceback" not in said:
        return []
    return ["\n".join(line[:_LONGEST_LINE] for line in said.splitlines())[-_LAST_WORDS:]]  # bodies are lines
