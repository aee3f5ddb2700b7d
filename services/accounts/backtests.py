"""The latest backtest of a model that somebody wished to keep: one JSON file beside the installation's other pages.

It knows the record that `keepsharp backtest --json` prints, and nothing of how it came about.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from infra.display.wording import Metric
from infra.domain.errors import Unavailable

FOLDER = "backtests"


class PolicyLine(BaseModel):
    """How one policy fared; as `flows.backtest.comparing.Line`."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    policy: str
    score: float
    gain: float
    cpu_seconds: float
    trainings: int
    brought_back: int
    total: float
    regret: float
    on_frontier: bool


class KeptBacktest(BaseModel):
    """All policies on one history. `total` is in `currency` where errors have a price, else in wrong decisions."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    model: str
    metric: Metric
    rows: int
    windows: int
    days: float
    priced: bool
    currency: str
    lines: tuple[PolicyLine, ...]
    oracle_score: float
    recommended: str
    in_force: str
    recommendation: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Kept:
    """The backtest, and when it was made (machine time)."""

    made_at: datetime
    found: KeptBacktest


def keep_backtest(artifacts: Path, record: Mapping[str, object], *, model: str, made_at: datetime) -> Path:
    """Put it in the place of the model's last one; its path.

    Raises:
        Unavailable: the folder cannot be written.
    """
    path = _path(artifacts, model)
    draft = path.with_suffix(".writing")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        draft.write_text(json.dumps({"made_at": made_at.isoformat(), "record": record}), encoding="utf-8")
        os.replace(draft, path)
    except OSError as error:
        raise Unavailable(f"{path} cannot be written ({error}): check the rights and the room on its disk") from error
    return path


def kept_backtest(artifacts: Path, model: str) -> Kept | None:
    """The model's; None where none was kept, or it is not read by this version any more."""
    path = _path(artifacts, model)
    try:
        kept = json.loads(path.read_text(encoding="utf-8"))
        return Kept(made_at=datetime.fromisoformat(kept["made_at"]), found=KeptBacktest.model_validate(kept["record"]))
    except FileNotFoundError:
        return None
    except (json.JSONDecodeError, KeyError, TypeError, ValidationError):
        return None  # an older version's: it is made anew as the page says


def _path(artifacts: Path, model: str) -> Path:
    return artifacts / FOLDER / f"{model}.json"
