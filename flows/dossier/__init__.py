"""The dossier of a run: the five questions answered, as a page for a person and as JSON, kept beside MLflow's copy.

What was not measured says so. It knows nothing of MLflow: it writes through the tracked run it is given.
"""

from __future__ import annotations

import logging
from pathlib import Path

from flows.dossier.account import Account
from flows.dossier.composing import compose
from flows.dossier.page import dossier_page
from infra.dossiers import dossier_json, keep_dossier
from infra.ports import TrackedRun

__all__ = ["Account", "compose", "dossier_page", "write_dossier"]

_log = logging.getLogger(__name__)


def write_dossier(account: Account, tracked: TrackedRun, artifacts: Path) -> None:
    """Keep `dossier/dossier.html` and `dossier/dossier.json` with the run, and both among our own artifacts.

    A disk that takes nothing more costs the copy, not the run: the decision is made.
    """
    dossier = compose(account)
    page = dossier_page(dossier)
    try:
        keep_dossier(artifacts, dossier, page)
    except OSError:
        _log.exception("the dossier of run %s of %s is with the tracker alone", dossier.run, dossier.model)
    tracked.text(page, "dossier/dossier.html")
    tracked.text(dossier_json(dossier), "dossier/dossier.json")
    tracked.tags({"keepsharp.dossier": dossier.schema, "keepsharp.headline": dossier.headline})
