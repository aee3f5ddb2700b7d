"""Where a training writes how far it is, and how that is read; `flows.retraining.progress` says what stands there."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

FOLDER = "progress"


def progress_file(artifacts: Path, run_id: str) -> Path:
    """Where the run's progress is written."""
    return artifacts / FOLDER / f"{run_id}.jsonl"


def read_progress(artifacts: Path, run_id: str) -> list[dict[str, Any]]:
    """What is known of a run's training, oldest first; empty where none was written. A torn last line is left out."""
    path = progress_file(artifacts, run_id)
    if not path.exists():
        return []
    lines = path.read_text(encoding="utf-8").split("\n")
    return [json.loads(line) for line in lines[:-1]]
